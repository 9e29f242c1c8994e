import { useQuery } from '@tanstack/react-query';
import { Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { cases as api } from '../../api/care';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { ProblemView } from '../../ui/ProblemView';

const columns = ['cases', 'incoming', 'outgoing', 'stopped', 'complaints', 'warned', 'handled'] as const;

/** In whose conversations the cases are, and who has handled how many. */
export function StaffCasesDialog({ from, to, onClose }: { from?: string; to?: string; onClose: () => void }) {
  const { t } = useTranslation();
  const list = useQuery({ queryKey: ['care', 'perStaff', from, to], queryFn: () => api.perStaff({ from, to }) });
  return (
    <Modal open width={760} title={t('care.cases.perStaff')} footer={null} onCancel={onClose}>
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <DataTable
          label={t('care.cases.perStaff')}
          minWidth={640}
          rowKey="staff_id"
          loading={list.isPending}
          dataSource={list.data?.items ?? []}
          locale={{ emptyText: <EmptyState title={t('care.cases.empty')} /> }}
          columns={[
            { title: t('care.cases.staff'), render: (_, s) => s.staff_name || <span className="fp-muted">{t('care.nobody')}</span> },
            ...columns.map((c) => ({ title: t(`care.cases.counts.${c}`), dataIndex: c, align: 'right' as const, className: 'fp-num' })),
          ]}
        />
      )}
    </Modal>
  );
}
