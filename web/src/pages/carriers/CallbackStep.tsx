import { CheckOutlined, CopyOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { Alert, App, Button, Input, Space } from 'antd';
import { useEffect, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { carriers } from '../../api/endpoints';
import { asProblem } from '../../api/problem';
import type { Account, AccountKind } from '../../api/types';
import { useNotifyProblem } from '../../ui/ProblemView';
import { randomKey, randomToken } from './callbackKeys';

/** The secrets of callbacks as long as this page knows them: the server never shows them again. */
export interface CallbackKeys {
  token: string;
  key: string;
}

interface Props {
  account: Account;
  kind: AccountKind;
  keys?: CallbackKeys;
  onKeys: (keys: CallbackKeys) => void;
  onBack: () => void;
  onNext: () => void;
}

const none: CallbackKeys = { token: '', key: '' };

/** Where nobody but this machine reaches: no platform can call it. */
function isLocal(url: string): boolean {
  try {
    const { hostname } = new URL(url);
    return hostname === 'localhost' || hostname === '[::1]' || /^(127|10|192\.168|172\.(1[6-9]|2\d|3[01]))\./.test(hostname);
  } catch {
    return true;
  }
}

interface RowProps {
  label: string;
  help: string;
  value: string;
  error?: string;
  placeholder?: string;
  onChange?: (value: string) => void;
  onDone?: () => void;
  onRandom?: () => void;
}

/** A value to take over to the platform. */
function CopyRow({ label, help, value, error, placeholder, onChange, onDone, onRandom }: RowProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const id = useId();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      message.success(t('common.copied'));
    } catch {
      message.warning(t('common.copyByHand'));
    }
  };
  return (
    <div className="fp-acc-field wide">
      <div className="fp-acc-copy">
        <label htmlFor={id}>{label}</label>
        <Space.Compact block>
          <Input
            id={id}
            value={value}
            placeholder={placeholder}
            readOnly={!onChange}
            status={error ? 'error' : undefined}
            aria-describedby={`${id}-help`}
            spellCheck={false}
            maxLength={onChange && 64}
            autoComplete="off"
            onChange={(e) => onChange?.(e.target.value)}
            onBlur={onDone}
            onFocus={(e) => e.target.select()}
          />
          {onRandom && (
            <Button onClick={onRandom} aria-label={t('carriers.randomFor', { name: label })}>
              {t('carriers.random')}
            </Button>
          )}
          <Button icon={<CopyOutlined />} disabled={!value} onClick={() => void copy()} aria-label={t('carriers.copyOf', { name: label })}>
            {t('common.copy')}
          </Button>
        </Space.Compact>
        {error && (
          <span role="alert" className="fp-no">
            {error}
          </span>
        )}
      </div>
      <p id={`${id}-help`} className="fp-muted">
        {help}
      </p>
    </div>
  );
}

/** The other direction: what to enter on the platform, so that it tells us what happens. */
export function CallbackStep({ account: a, kind, keys, onKeys, onBack, onNext }: Props) {
  const { t } = useTranslation();
  const notify = useNotifyProblem();
  const [typed, setTyped] = useState(keys ?? none);
  useEffect(() => setTyped(keys ?? none), [keys]);
  const save = useMutation({
    mutationFn: (next: CallbackKeys) => carriers.update(a.id, { values: { ...(next.token ? { callback_token: next.token } : {}), ...(next.key ? { callback_key: next.key } : {}) } }),
    onSuccess: (_, next) => onKeys(next),
    onError: (e) => {
      if (asProblem(e).fields.length === 0) notify(e);
    },
  });
  // Saved at once: what is entered on the platform must be what we know.
  const set = (next: CallbackKeys) => {
    setTyped(next);
    if ((next.token !== (keys ?? none).token && next.token) || (next.key !== (keys ?? none).key && next.key)) save.mutate(next);
  };
  const wrong = (key: string) => (save.isError ? asProblem(save.error).fields.find((f) => f.location.endsWith(key))?.message : undefined);
  const helpOf = (key: string) => kind.fields.find((f) => f.key === key)?.help ?? '';
  const labelOf = (key: string) => kind.fields.find((f) => f.key === key)?.label ?? key;
  const kept = keys ? undefined : t('carriers.keptHidden');
  const how: unknown = t(`carriers.callbackHow.${kind.kind}`, { returnObjects: true, defaultValue: '' });
  const steps: string[] = how && typeof how === 'object' ? Object.values(how) : [];
  return (
    <div className="fp-acc-form">
      <p className="fp-acc-say">{t('carriers.callbackWhy', { platform: kind.name })}</p>
      {isLocal(a.callback_url) && <Alert type="warning" showIcon title={t('carriers.localTitle')} description={t('carriers.localText')} className="fp-acc-alert" />}
      <CopyRow label={t('carriers.callbackUrl')} help={t('carriers.callbackUrlHelp')} value={a.callback_url} />
      <CopyRow
        label={labelOf('callback_token')}
        help={t('carriers.tokenHelp')}
        value={typed.token}
        placeholder={kept}
        error={wrong('callback_token')}
        onChange={(token) => setTyped({ ...typed, token })}
        onDone={() => set(typed)}
        onRandom={() => set({ ...typed, token: randomToken() })}
      />
      <CopyRow
        label={labelOf('callback_key')}
        help={t('carriers.keyHelp', { help: helpOf('callback_key') })}
        value={typed.key}
        placeholder={kept}
        error={wrong('callback_key')}
        onChange={(key) => setTyped({ ...typed, key })}
        onDone={() => set(typed)}
        onRandom={() => set({ ...typed, key: randomKey() })}
      />
      <p className="fp-small fp-muted" aria-live="polite" data-saved={!save.isPending && !save.isError}>
        {save.isPending ? t('carriers.saving') : save.isError ? '' : keys?.token && keys.key ? <><CheckOutlined /> {t('carriers.keysSaved')}</> : t('carriers.keysHidden')}
      </p>
      {steps.length > 0 && (
        <section className="fp-acc-how">
          <h2>{t('carriers.onPlatform')}</h2>
          <ol>
            {steps.map((s) => (
              <li key={s}>{s}</li>
            ))}
          </ol>
        </section>
      )}
      <div className="fp-acc-foot">
        <Button onClick={onBack}>{t('carriers.back')}</Button>
        <Button type="primary" onClick={onNext} disabled={save.isError} loading={save.isPending}>
          {t('carriers.entered')}
        </Button>
        <Button type="text" onClick={onNext} disabled={save.isError || save.isPending}>
          {t('carriers.enterLater')}
        </Button>
      </div>
    </div>
  );
}
