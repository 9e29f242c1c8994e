import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Popconfirm } from 'antd';
import { useTranslation } from 'react-i18next';
import { segments } from '../../api/endpoints';
import type { Segment } from '../../api/types';
import { Loading } from '../../ui/Loading';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';
import { TextDifference } from './TextDifference';

/** What it said before, and the way back: going back is a new version too. */
export function VersionsTab({ segment, write }: { segment: Segment; write: boolean }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const versions = useQuery({ queryKey: ['segment', segment.id, 'versions', segment.version], queryFn: () => segments.versions(segment.id) });
  const revert = useMutation({
    mutationFn: (version: number) => segments.revert(segment.id, version),
    onError: notify,
    onSuccess: async (_done, version) => {
      message.success(t('segments.reverted', { version }));
      await queryClient.invalidateQueries({ queryKey: ['segment', segment.id] });
      await queryClient.invalidateQueries({ queryKey: ['segments'] });
    },
  });
  if (versions.isError) return <ProblemView error={versions.error} onRetry={() => void versions.refetch()} />;
  if (versions.isPending) return <Loading rows={6} />;
  const items = versions.data.items;
  return (
    <ol className="fp-seg-versions fp-table-wrap">
      {items.map((v, i) => (
        <li key={v.version}>
          <div className="fp-card-line">
            <span>
              <b>{t('segments.version', { version: v.version })}</b> <span className="fp-muted">{v.by.name} · </span>
              <TimeText at={v.at} />
            </span>
            {v.version === segment.version ? (
              <span className="fp-yes fp-small">{t('segments.current')}</span>
            ) : (
              write && (
                <Popconfirm title={t('segments.revertAsk', { version: v.version })} okText={t('segments.revert')} onConfirm={() => revert.mutateAsync(v.version).catch(() => {})}>
                  <Button size="small">{t('segments.revert')}</Button>
                </Popconfirm>
              )
            )}
          </div>
          <TextDifference before={items[i + 1]?.text ?? v.text} after={v.text} />
        </li>
      ))}
    </ol>
  );
}
