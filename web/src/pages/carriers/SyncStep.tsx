import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Account } from '../../api/types';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { SyncProgress, useLastSync, useStartSync } from './SyncProgress';
import { syncRuns } from './syncProgress';

/** The first pull of everything that is on the platform. */
export function SyncStep({ account: a, onBack }: { account: Account; onBack: () => void }) {
  const { t } = useTranslation();
  const last = useLastSync(a.id);
  const start = useStartSync(a.id);
  const running = syncRuns(last.data);
  const done = last.data?.status === 'done';
  return (
    <div className="fp-acc-form">
      <p className="fp-acc-say">{t('carriers.syncWhat')}</p>
      {last.isError ? <ProblemView error={last.error} onRetry={() => void last.refetch()} /> : last.isPending ? <Loading rows={2} /> : last.data && <SyncProgress run={last.data} />}
      <div className="fp-acc-foot">
        <Button onClick={onBack}>{t('carriers.back')}</Button>
        <Button type={done ? 'default' : 'primary'} disabled={running} loading={start.isPending} onClick={() => start.mutate()}>
          {t(last.data ? 'carriers.syncAgain' : 'carriers.syncStart')}
        </Button>
        {done && (
          <Link to="/accounts/$accountId" params={{ accountId: a.id }} search={{ tab: 'contacts' }}>
            <Button type="primary">{t('carriers.seeContacts')}</Button>
          </Link>
        )}
        <Link to="/accounts/$accountId" params={{ accountId: a.id }} search={{}}>
          <Button type="text">{t('carriers.toAccount')}</Button>
        </Link>
      </div>
    </div>
  );
}
