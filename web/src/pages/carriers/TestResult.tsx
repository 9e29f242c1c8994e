import { CheckCircleFilled, ClockCircleOutlined, CloseCircleFilled } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { carriers } from '../../api/endpoints';
import type { AccountTest } from '../../api/types';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';

export function useAccountTest(id: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => carriers.test(id),
    // A try calls the platform: what it says goes into the account's health.
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['carriers', 'health', id] }),
  });
}

interface Props {
  test: { data?: AccountTest; error: unknown; isError: boolean; isPending: boolean; mutate: () => void };
}

/** What a test found, step by step. That no callback has come yet is no failure: it is the platform's turn. */
export function TestResultView({ test }: Props) {
  const { t } = useTranslation();
  if (test.isError) return <ProblemView error={test.error} onRetry={test.mutate} />;
  if (!test.data) return test.isPending ? <Loading rows={2} /> : null;
  return (
    <div aria-busy={test.isPending} aria-live="polite" data-test={test.data.ok ? 'ok' : 'failed'}>
      <ul className="fp-acc-problems">
        {test.data.steps.map((s) => (
          <li key={s.step} data-step={s.step} data-ok={s.ok}>
            {s.ok ? <CheckCircleFilled className="fp-acc-ok" /> : s.warning ? <ClockCircleOutlined className="fp-acc-warning" /> : <CloseCircleFilled className="fp-acc-failing" />}
            <span className="fp-grow">
              <b>
                {t(`carriers.test_${s.step}`, { defaultValue: s.step })}
                {t('carriers.colon')}
                {s.ok ? t('carriers.testOk') : t(s.step === 'callback' ? 'carriers.testWaits' : s.warning ? 'carriers.testPartly' : 'carriers.testFailed')}
              </b>
              <span className="fp-muted">{s.text}</span>
            </span>
          </li>
        ))}
      </ul>
      {test.data.steps.length === 0 && <p className="fp-muted">{t('carriers.testNothing')}</p>}
    </div>
  );
}
