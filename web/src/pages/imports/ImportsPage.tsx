import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Progress } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { imports } from '../../api/endpoints';
import type { Import, Upload } from '../../api/types';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';
import { DropZone } from './DropZone';
import { MappingForm } from './MappingForm';
import { isRunning, progressOf } from './progress';
import './imports.css';

export function ImportsPage() {
  const { t } = useTranslation();
  const f = useFormat();
  const [upload, setUpload] = useState<Upload>();
  const presets = useQuery({ queryKey: ['presets'], queryFn: imports.presets, staleTime: Infinity });
  const list = useQuery({
    queryKey: ['imports'],
    queryFn: () => imports.list({ limit: 50 }),
    refetchInterval: (q) => (q.state.data?.items.some(isRunning) ? 2000 : false),
  });
  return (
    <div className="fp-page">
      <PageHeader title={t('menu.imports')} note={t('imports.note')} />
      <div className="fp-stack">
        {upload && !presets.isPending ? <MappingForm upload={upload} presets={presets.data?.items ?? []} onBack={() => setUpload(undefined)} /> : <DropZone onUploaded={setUpload} />}
        <section>
          <h2 className="fp-h2">{t('imports.earlier')}</h2>
          {list.isError ? (
            <ProblemView error={list.error} onRetry={() => void list.refetch()} />
          ) : list.data?.items.length === 0 ? (
            // Not inside the table: on a phone that is wider than the page.
            <EmptyState title={t('imports.noneTitle')} text={t('imports.noneText')} />
          ) : (
            <div className="fp-table-wrap">
              <DataTable<Import>
                rowKey="id"
                loading={list.isPending}
                dataSource={list.data?.items ?? []}
                label={t('imports.earlier')}
                minWidth={760}
                columns={[
                  {
                    title: t('imports.file'),
                    ellipsis: true,
                    render: (_, i) => (
                      <Link to="/imports/$importId" params={{ importId: i.id }} className="fp-link-row">
                        {i.file_name}
                      </Link>
                    ),
                  },
                  { title: t('imports.kind'), width: 90, render: (_, i) => t(`imports.kind_${i.kind}`) },
                  {
                    title: t('imports.status'),
                    width: 170,
                    render: (_, i) =>
                      isRunning(i) ? (
                        <Progress percent={progressOf(i)} size="small" aria-label={t(`imports.status_${i.status}`)} />
                      ) : (
                        <span className={i.status === 'failed' ? 'fp-no' : undefined}>{t(`imports.status_${i.status}`)}</span>
                      ),
                  },
                  { title: t('imports.rows'), align: 'right', width: 110, className: 'fp-num', render: (_, i) => f.number(i.result?.rows ?? i.rows_read) },
                  { title: t('stat.orders'), align: 'right', width: 100, className: 'fp-num', render: (_, i) => (i.result ? f.number(i.result.orders) : '—') },
                  { title: t('imports.rejected'), align: 'right', width: 100, className: 'fp-num', render: (_, i) => (i.result ? f.number(i.result.rows_rejected) : '—') },
                  { title: t('imports.started'), width: 130, render: (_, i) => <TimeText at={i.created_at} /> },
                ]}
              />
            </div>
          )}
        </section>
      </div>
    </div>
  );
}
