import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { App, Button, Drawer, Input, Space, type TableColumnsType } from 'antd';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ExportFormat } from '../api/http';
import type { Stage } from '../api/types';
import { useMay } from '../app/me';
import { useFormat } from '../app/useFormat';
import { DataTable } from './DataTable';
import { EmptyState } from './EmptyState';
import { ExportMenu } from './ExportMenu';
import { Pager } from './Pager';
import { ProblemView, useNotifyProblem } from './ProblemView';
import { usePages } from './usePages';
import { StageTag } from './values';
import './people.css';

interface Behind {
  id: string;
  name: string;
  stage: string;
}

interface Page<P> {
  items?: P[] | null;
  total: number;
  next_cursor?: string;
}

interface Props<P extends Behind, Q, A extends Page<P>> {
  title: string;
  /** What is asked: of one figure, in the words of its own page. */
  who: Q;
  /** Tells the questions of one page from those of others. */
  of: string;
  ask: (who: Q, page: { limit: number; cursor?: string }) => Promise<A>;
  keep: (who: Q & { name: string }) => Promise<{ persons: number; segment_id: string }>;
  /** The address of a file of all of them. */
  file: (who: Q, format: ExportFormat) => string;
  /** Beside their name and stage. */
  columns: TableColumnsType<P>;
  above?: (answer: A) => ReactNode;
  empty?: (answer: A | undefined) => ReactNode;
  size?: number;
  onClose: () => void;
}

/** The people behind a figure, and the way to make them a segment. */
export function PeopleDrawer<P extends Behind, Q, A extends Page<P> = Page<P>>({ title, who, of, ask, keep, file, columns, above, empty, size = 640, onClose }: Props<P, Q, A>) {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const navigate = useNavigate();
  const pages = usePages(JSON.stringify(who));
  const [name, setName] = useState(title.slice(0, 80));
  const people = useQuery({ queryKey: [of, who, pages.cursor, f.language], queryFn: () => ask(who, { limit: 20, cursor: pages.cursor }), placeholderData: (before) => before });
  const save = useMutation({
    mutationFn: () => keep({ ...who, name: name.trim() }),
    onError: notify,
    onSuccess: (made) => {
      void message.success(t('measure.saved', { count: made.persons, number: f.number(made.persons) }));
      void navigate({ to: '/segments/$segmentId', params: { segmentId: made.segment_id } });
    },
  });
  const answer = people.data;
  const total = answer?.total ?? 0;
  return (
    <Drawer open onClose={onClose} size={size} title={title}>
      {total > 0 && (
        <div className="fp-people-save">
          {may('segment.write') && (
            <Space.Compact>
              <Input aria-label={t('measure.segmentName')} value={name} maxLength={80} onChange={(e) => setName(e.target.value)} />
              <Button type="primary" data-save-segment="" loading={save.isPending} disabled={!name.trim()} onClick={() => save.mutate()}>
                {t('measure.save')}
              </Button>
            </Space.Compact>
          )}
          {may('pool.export') && <ExportMenu address={(format) => file(who, format)} />}
        </div>
      )}
      {people.isError ? (
        <ProblemView error={people.error} onRetry={() => void people.refetch()} />
      ) : (
        <>
          {answer && above?.(answer)}
          <DataTable<P>
            label={title}
            minWidth={size - 200}
            rowKey="id"
            loading={people.isPending}
            dataSource={answer?.items ?? []}
            locale={{ emptyText: <EmptyState title={t('measure.nobody')} text={empty?.(answer)} /> }}
            columns={[
              {
                key: 'name',
                title: t('measure.person'),
                render: (_, p) => (
                  <Link to="/customers/$personId" params={{ personId: p.id }}>
                    {p.name || t('customer.nameless')}
                  </Link>
                ),
              },
              { key: 'stage', title: t('measure.stage'), render: (_, p) => (p.stage ? <StageTag stage={p.stage as Stage} /> : '—') },
              ...columns,
            ]}
          />
          <Pager pages={pages} next={answer?.next_cursor} note={answer && t('measure.people', { count: total, number: f.number(total) })} />
        </>
      )}
    </Drawer>
  );
}

/** Where somebody lives and how often they bought, as columns of such a list. */
export function usePersonColumns<P extends { region: string; orders: number }>(): TableColumnsType<P> {
  const { t } = useTranslation();
  const f = useFormat();
  return [
    { key: 'region', title: t('measure.region'), render: (_, p) => p.region || '—' },
    { key: 'orders', title: t('measure.orders'), align: 'right', className: 'fp-num', render: (_, p) => f.number(p.orders) },
  ];
}
