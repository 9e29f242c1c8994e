import { ReloadOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { useMe } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { may } from '../../lib/permissions';
import { useNotifyProblem } from '../../ui/ProblemView';
import { ReportMenu } from '../../ui/ReportMenu';

/** Counts one of the two again; the answer takes the place of what is shown. */
export function useRefresh(key: string, refresh: () => Promise<unknown>) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: refresh,
    onError: notify,
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: [key] });
      void message.success(t('scorecard.refreshed'));
    },
  });
}

interface Props {
  of: { computed_at: string | null; from: string; time_zone: string };
  to: string;
  refresh: ReturnType<typeof useRefresh>;
  /** What the page is called among the reports, and by what it asks. */
  page: string;
  query: Record<string, string>;
}

/** Of when the numbers are, and the way to newer ones. */
export function Fresh({ of, to, refresh, page, query }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const me = useMe();
  return (
    <div className="fp-scorecard-fresh">
      <span className="fp-muted fp-small" title={of.computed_at ? f.dateTime(of.computed_at) : undefined}>
        {of.computed_at && t('scorecard.computed', { when: f.relative(of.computed_at), from: of.from, to, zone: of.time_zone })}
      </span>
      <Space className="fp-no-print" wrap>
        <ReportMenu page={page} query={query} />
        {may(me.permissions, 'insight.keep') && (
          <Button icon={<ReloadOutlined />} loading={refresh.isPending} onClick={() => refresh.mutate()}>
            {t('scorecard.refresh')}
          </Button>
        )}
      </Space>
    </div>
  );
}
