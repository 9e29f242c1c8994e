import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Card } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { persons } from '../../api/endpoints';
import type { Duplicate } from '../../api/types';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { MergeDialog } from './MergeDialog';
import { PersonBox } from './PersonBox';
import './duplicates.css';

/** Persons who share a weak identity: perhaps one human, perhaps a family. Somebody has to look. */
export function DuplicatesPage() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const [review, setReview] = useState<Duplicate>();
  const list = useInfiniteQuery({
    queryKey: ['duplicates'],
    queryFn: ({ pageParam }) => persons.duplicates({ limit: 20, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor || undefined,
  });
  const dismiss = useMutation({
    mutationFn: (d: Duplicate) => persons.notDuplicates(d.kind, d.value),
    onError: notify,
    onSuccess: async () => {
      message.success(t('duplicates.dismissed'));
      await queryClient.invalidateQueries({ queryKey: ['duplicates'] });
    },
  });
  const all = list.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <div className="fp-page">
      <PageHeader title={t('menu.duplicates')} note={t('duplicates.note')} />
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading />
      ) : all.length === 0 ? (
        <Card>
          <EmptyState title={t('duplicates.emptyTitle')} text={t('duplicates.emptyText')} />
        </Card>
      ) : (
        <div className="fp-stack">
          {all.map((d) => (
            <Card
              key={`${d.kind} ${d.value}`}
              title={
                <span className="fp-break">
                  <span className="fp-muted">{t(`identity.${d.kind}`, { defaultValue: d.kind })}</span> {d.value}
                </span>
              }
              extra={
                <span className="fp-page-extra">
                  <Button size="small" type="text" onClick={() => dismiss.mutate(d)}>
                    {t('duplicates.different')}
                  </Button>
                  <Button size="small" onClick={() => setReview(d)}>
                    {t('duplicates.review')}
                  </Button>
                </span>
              }
            >
              <div className="fp-boxes">
                {d.persons.map((p) => (
                  <PersonBox key={p.id} person={p} />
                ))}
              </div>
            </Card>
          ))}
          {list.hasNextPage && (
            <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              {t('common.more')}
            </Button>
          )}
        </div>
      )}
      {review && <MergeDialog duplicate={review} onClose={() => setReview(undefined)} />}
    </div>
  );
}
