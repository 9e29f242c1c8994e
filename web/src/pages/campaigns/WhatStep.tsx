import { PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Checkbox, Radio, Segmented, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { campaigns } from '../../api/campaigns';
import { Field } from '../../ui/Field';
import { Attachments } from './Attachments';
import { CouponField } from './CouponField';
import { evenShares, nextName } from './draft';
import { SmsFields } from './SmsFields';
import { TextEditor } from './TextEditor';
import { UtmFields } from './UtmFields';
import { WinnerFields } from './WinnerFields';
import type { StepProps } from './WhoStep';

/** Over which accounts it goes and what it says, in one version or several that are tried. */
export function WhatStep({ draft: d, set, errorAt, disabled, open, setOpen }: StepProps & { open: number; setOpen: (version: number) => void }) {
  const { t } = useTranslation();
  const choices = useQuery({ queryKey: ['campaign-choices'], queryFn: campaigns.choices });
  const accounts = choices.data?.accounts ?? [];
  const chosen = accounts.filter((a) => d.account_ids.includes(a.id));
  const mail = chosen.length === 0 || chosen.some((a) => a.subject);
  const sms = chosen.some((a) => a.template);
  const words = chosen.length === 0 || chosen.some((a) => !a.template); // of our own
  const notes = [...new Set(chosen.map((a) => a.carrier))].filter((c) => c === 'official_account' || c === 'web' || c === 'wecom');
  const at = Math.min(open, d.versions.length - 1);
  const several = d.versions.length > 1;
  const add = () => {
    const last = d.versions[at]!;
    set({ versions: evenShares([...d.versions, { ...last, name: nextName(d.versions) }]) });
    setOpen(d.versions.length);
  };
  const remove = (i: number) => {
    const rest = evenShares(d.versions.filter((_, n) => n !== i));
    set({ versions: rest, ...(rest.length < 2 ? { winner: null } : {}) });
    setOpen(Math.max(0, i - 1));
  };
  const editor = (i: number) => {
    const version = d.versions[i]!;
    return (
      <TextEditor
        key={i}
        version={version}
        mail={mail}
        variables={choices.data?.variables ?? []}
        errorAt={(part) => errorAt(`versions.${i}.${part}`)}
        disabled={disabled}
        named={several}
        onChange={(patch) => set({ versions: d.versions.map((v, n) => (n === i ? { ...v, ...patch } : v)) })}
      />
    );
  };
  const wrongIn = (i: number) => ['name', 'share_bp', 'subject', 'text', 'html'].some((part) => errorAt(`versions.${i}.${part}`));
  return (
    <div className="fp-campaign-fields">
      <Field
        label={t('campaigns.fields.account_ids')}
        error={errorAt('account_ids')}
        help={
          choices.isSuccess && accounts.length === 0 ? (
            <>
              {t('campaigns.noAccounts')} <Link to="/accounts">{t('menu.accounts')}</Link>
            </>
          ) : (
            t('campaigns.accountsHelp')
          )
        }
      >
        {(id) => (
          <Select
            id={id}
            className="fp-full"
            mode="multiple"
            maxCount={10}
            disabled={disabled}
            status={errorAt('account_ids') ? 'error' : undefined}
            aria-label={t('campaigns.fields.account_ids')}
            placeholder={t('campaigns.chooseAccounts')}
            value={d.account_ids}
            onChange={(account_ids: string[]) => set({ account_ids })}
            options={accounts.map((a) => ({ value: a.id, label: `${a.name} · ${t(`carrier.${a.carrier}`, { defaultValue: a.carrier })}`, disabled: !a.active }))}
          />
        )}
      </Field>
      {d.account_ids.length > 1 && (
        <div className="fp-field" role="group" aria-label={t('campaigns.fields.route')}>
          <span className="fp-label">{t('campaigns.fields.route')}</span>
          <Radio.Group disabled={disabled} value={d.route} onChange={(e) => set({ route: e.target.value as typeof d.route })} options={(['order', 'preferred'] as const).map((r) => ({ value: r, label: t(`campaigns.routes.${r}`) }))} />
          <div className="fp-muted fp-small">{t(`campaigns.routeHelp.${d.route}`)}</div>
        </div>
      )}
      {notes.map((c) => (
        <div key={c} className="fp-muted fp-small">
          <b>{t(`carrier.${c}`)}</b> {t(`campaigns.over.${c}`)}
        </div>
      ))}
      {sms && <SmsFields sms={d.sms} disabled={disabled} errorAt={errorAt} onChange={(next) => set({ sms: next })} />}
      {!words ? null : several ? (
        <>
          <div className="fp-campaign-versions">
            <Segmented
              aria-label={t('campaigns.fields.versions')}
              value={at}
              onChange={setOpen}
              options={d.versions.map((v, i) => ({
                value: i,
                label: (
                  <span className={wrongIn(i) ? 'fp-no' : undefined}>
                    {t('campaigns.version', { name: v.name })} · {v.share}%
                  </span>
                ),
              }))}
            />
            {!disabled && (
              <>
                {d.versions.length < 5 && <Button size="small" icon={<PlusOutlined />} title={t('campaigns.addVersion')} aria-label={t('campaigns.addVersion')} onClick={add} />}
                <Button size="small" onClick={() => remove(at)}>
                  {t('campaigns.removeVersion', { name: d.versions[at]?.name })}
                </Button>
              </>
            )}
          </div>
          {editor(at)}
        </>
      ) : (
        editor(0)
      )}
      {errorAt('versions') ?? errorAt('variants') ? (
        <div className="fp-no" role="alert">
          {errorAt('versions') ?? errorAt('variants')}
        </div>
      ) : null}
      {words && !several && !disabled && (
        <div>
          <Button icon={<PlusOutlined />} onClick={add}>
            {t('campaigns.tryVersion')}
          </Button>
          <div className="fp-muted fp-small">{t('campaigns.tryVersionHelp')}</div>
        </div>
      )}
      {several && <WinnerFields winner={d.winner} disabled={disabled} error={errorAt('winner')} onChange={(winner) => set({ winner })} />}
      {(mail || d.attachments.length > 0) && <Attachments ids={d.attachments} disabled={disabled} error={errorAt('attachments')} onChange={(attachments) => set({ attachments })} />}
      <CouponField value={d.coupon_pool_id} disabled={disabled} error={errorAt('coupon_pool_id')} onChange={(coupon_pool_id) => set({ coupon_pool_id })} />
      <div>
        <Checkbox disabled={disabled} checked={d.track_links} onChange={(e) => set({ track_links: e.target.checked })}>
          {t('campaigns.fields.track_links')}
        </Checkbox>
        <div className="fp-muted fp-small">{t('campaigns.trackHelp')}</div>
      </div>
      <UtmFields utm={d.utm} disabled={disabled} errorAt={errorAt} onChange={(utm) => set({ utm })} />
    </div>
  );
}
