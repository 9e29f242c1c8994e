import { useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Account } from '../../api/types';
import { TestResultView, useAccountTest } from './TestResult';
import { useHealth } from './useAccounts';

interface Props {
  account: Account;
  /** Nothing comes after it. */
  last: boolean;
  onBack: () => void;
  onMend: () => void;
  onNext: () => void;
}

/** Tries the account as soon as somebody comes here, and again when the first callback has come. */
export function TestStep({ account: a, last, onBack, onMend, onNext }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const test = useAccountTest(a.id);
  const { mutate } = test;
  const waits = test.data?.steps.some((s) => s.step === 'callback' && !s.ok) ?? false;
  const health = useHealth(a.id, waits ? 3_000 : false);
  const seen = health.data?.last_callback_at ?? health.data?.callback_verified_at;
  const tried = useRef<string>(undefined);
  useEffect(() => {
    if (tried.current === (seen ?? '')) return;
    // Nobody knows yet whether one came: that alone is no reason to try again.
    if (tried.current !== undefined && !seen) return;
    tried.current = seen ?? '';
    mutate();
  }, [mutate, seen]);
  const failed = test.data?.ok === false;
  return (
    <div className="fp-acc-form">
      <p className="fp-acc-say">{t('carriers.testWhat')}</p>
      <TestResultView test={test} />
      {waits && <p className="fp-muted fp-small">{t('carriers.waitingForCallback')}</p>}
      <div className="fp-acc-foot">
        <Button onClick={onBack}>{t('carriers.back')}</Button>
        {failed && <Button onClick={onMend}>{t('carriers.mendValues')}</Button>}
        <Button loading={test.isPending} onClick={() => mutate()}>
          {t(test.isIdle ? 'carriers.test' : 'carriers.testAgain')}
        </Button>
        <Button type="primary" disabled={!test.data?.ok} onClick={onNext}>
          {t(last ? 'carriers.finish' : 'carriers.next')}
        </Button>
        {failed && (
          <Button type="text" onClick={() => void navigate({ to: '/accounts/$accountId', params: { accountId: a.id }, search: {} })}>
            {t('carriers.later')}
          </Button>
        )}
      </div>
    </div>
  );
}
