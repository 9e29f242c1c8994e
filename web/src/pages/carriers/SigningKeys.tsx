import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Card, Form, Input, Popconfirm, Select, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { carriers } from '../../api/endpoints';
import type { Account, DkimKey } from '../../api/types';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { Loading } from '../../ui/Loading';
import { ProblemView, showFieldErrors, useNotifyProblem } from '../../ui/ProblemView';
import { SecretBox } from '../../ui/SecretBox';

/** Keys that an account's mail is signed with: make one, publish its record, have it looked for. */
export function SigningKeys({ account: a }: { account: Account }) {
  const { t } = useTranslation();
  const keys = useQuery({ queryKey: ['carriers', 'dkim', a.id], queryFn: () => carriers.dkim(a.id) });
  const [making, setMaking] = useState(false);
  const may = useMay()('carrier.write');
  if (keys.isError) return <ProblemView error={keys.error} onRetry={() => void keys.refetch()} />;
  if (!keys.data) return <Loading rows={4} />;
  const { items } = keys.data;
  const waits = items.some((k) => k.state === 'waiting');
  return (
    <Card title={t('carriers.signing')} data-signing>
      <p className="fp-muted">{t('carriers.signingWhy')}</p>
      {items.map((k) => (
        <Key key={k.id} account={a.id} of={k} may={may} />
      ))}
      {may && (making || items.length === 0) ? (
        <Make account={a} onDone={() => setMaking(false)} onCancel={items.length > 0 ? () => setMaking(false) : undefined} />
      ) : items.length === 0 ? (
        <p>{t('carriers.signingNone')}</p>
      ) : (
        may &&
        !waits && (
          <div>
            <Button onClick={() => setMaking(true)}>{t('carriers.signingReplace')}</Button>
            <p className="fp-muted fp-small">{t('carriers.signingReplaceNote')}</p>
          </div>
        )
      )}
    </Card>
  );
}

function useRefresh(account: string) {
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries({ queryKey: ['carriers', 'dkim', account] });
}

function Key({ account, of: k, may }: { account: string; of: DkimKey; may: boolean }) {
  const { t } = useTranslation();
  const f = useFormat();
  const notify = useNotifyProblem();
  const refresh = useRefresh(account);
  const settle = useMutation({ mutationFn: (as: 'check' | 'use') => carriers.settleDkim(account, k.id, as), onSuccess: refresh, onError: notify });
  const drop = useMutation({ mutationFn: () => carriers.dropDkim(account, k.id), onSuccess: refresh, onError: notify });
  return (
    <section className="fp-acc-how fp-acc-signing" data-key={k.state} data-found={k.found}>
      <p className="fp-acc-flat">
        <Tag color={k.state === 'signing' ? 'success' : 'warning'}>{t(`carriers.signingState_${k.state}`)}</Tag>
        {t(`carriers.signingAlgorithm_${k.algorithm}`)} · {k.selector} · {k.domain}
      </p>
      <label>
        {t('carriers.signingHost')}
        <SecretBox value={k.host} label={t('carriers.signingHost')} />
      </label>
      <label>
        {t('carriers.signingRecord')}
        <SecretBox value={k.record} label={t('carriers.signingRecord')} />
      </label>
      {k.strings.length > 1 && (
        <details>
          <summary className="fp-muted fp-small">{t('carriers.signingStrings')}</summary>
          <code className="fp-acc-pieces">{k.strings.map((s) => `"${s}"`).join(' ')}</code>
        </details>
      )}
      <p aria-live="polite">
        {k.text}
        {k.checked_at && <span className="fp-muted fp-small"> {t('carriers.signingChecked', { at: f.dateTime(k.checked_at) })}</span>}
      </p>
      {may && (
        <div className="fp-acc-foot">
          <Button type={k.state === 'waiting' ? 'primary' : 'default'} loading={settle.isPending} onClick={() => settle.mutate('check')}>
            {t('carriers.signingCheck')}
          </Button>
          {k.state === 'waiting' && k.found === 'unknown' && (
            <Popconfirm title={t('carriers.signingUseAsk')} okText={t('carriers.signingUse')} onConfirm={() => settle.mutate('use')}>
              <Button>{t('carriers.signingUse')}</Button>
            </Popconfirm>
          )}
          <Popconfirm title={t('carriers.signingDropAsk')} okText={t('carriers.signingDrop')} okButtonProps={{ danger: true }} onConfirm={() => drop.mutate()}>
            <Button type="text" danger loading={drop.isPending}>
              {t('carriers.signingDrop')}
            </Button>
          </Popconfirm>
        </div>
      )}
    </section>
  );
}

interface Fields {
  domain: string;
  selector?: string;
  algorithm: 'rsa' | 'ed25519';
  private_key?: string;
}

function Make({ account: a, onDone, onCancel }: { account: Account; onDone: () => void; onCancel?: () => void }) {
  const { t } = useTranslation();
  const notify = useNotifyProblem();
  const refresh = useRefresh(a.id);
  const [form] = Form.useForm<Fields>();
  const [bring, setBring] = useState(false);
  const make = useMutation({
    mutationFn: (v: Fields) => carriers.makeDkim(a.id, { ...v, ...(bring ? {} : { private_key: undefined }) }),
    onSuccess: async () => {
      await refresh();
      onDone();
    },
    onError: (e) => {
      if (!showFieldErrors(form, e)) notify(e);
    },
  });
  const domain = a.settings.from?.split('@')[1]?.toLowerCase() ?? '';
  return (
    <Form form={form} layout="vertical" requiredMark={false} className="fp-acc-form" initialValues={{ domain, algorithm: 'rsa' }} onFinish={(v) => make.mutate(v)}>
      <Form.Item name="domain" label={t('carriers.signingDomain')} extra={t('carriers.signingDomainHelp')} rules={[{ required: true, whitespace: true, message: t('field.required') }]}>
        <Input maxLength={253} spellCheck={false} autoComplete="off" />
      </Form.Item>
      <Form.Item name="selector" label={t('carriers.optional', { name: t('carriers.signingSelector') })} extra={t('carriers.signingSelectorHelp')}>
        <Input maxLength={63} spellCheck={false} autoComplete="off" />
      </Form.Item>
      {bring ? (
        <Form.Item name="private_key" label={t('carriers.signingPrivate')} extra={t('carriers.signingPrivateHelp')} rules={[{ required: true, whitespace: true, message: t('field.required') }]}>
          <Input.TextArea rows={6} maxLength={8192} spellCheck={false} autoComplete="off" placeholder="-----BEGIN PRIVATE KEY-----" />
        </Form.Item>
      ) : (
        <Form.Item name="algorithm" label={t('carriers.signingAlgorithm')}>
          <Select options={(['rsa', 'ed25519'] as const).map((v) => ({ value: v, label: t(`carriers.signingAlgorithm_${v}`) }))} />
        </Form.Item>
      )}
      <div className="fp-acc-foot">
        <Button type="primary" htmlType="submit" loading={make.isPending}>
          {t(bring ? 'common.save' : 'carriers.signingMake')}
        </Button>
        <Button type="link" onClick={() => setBring(!bring)}>
          {t(bring ? 'carriers.signingMake' : 'carriers.signingBring')}
        </Button>
        {onCancel && <Button onClick={onCancel}>{t('common.cancel')}</Button>}
      </div>
    </Form>
  );
}

/** The wizard's step: mail may go out unsigned, so it can be left out. */
export function SigningStep({ account: a, onBack, onNext }: { account: Account; onBack: () => void; onNext: () => void }) {
  const { t } = useTranslation();
  const keys = useQuery({ queryKey: ['carriers', 'dkim', a.id], queryFn: () => carriers.dkim(a.id) });
  const signs = keys.data?.items.some((k) => k.state === 'signing') ?? false;
  return (
    <div className="fp-acc-form fp-stack">
      <SigningKeys account={a} />
      <div className="fp-acc-foot">
        <Button onClick={onBack}>{t('carriers.back')}</Button>
        <Button type={signs ? 'primary' : 'default'} onClick={onNext}>
          {t(signs ? 'carriers.next' : 'carriers.signingSkip')}
        </Button>
      </div>
    </div>
  );
}
