import { CheckOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { } from 'antd';
import { useTranslation } from 'react-i18next';
import { staff } from '../../api/endpoints';
import type { Permission } from '../../api/types';
import { DataTable } from '../../ui/DataTable';
import { ProblemView } from '../../ui/ProblemView';
import { roles } from './roles';

/** What each role may do, as the modules declare it. */
export function RoleMatrix() {
  const { t } = useTranslation();
  const list = useQuery({ queryKey: ['permissions'], queryFn: staff.permissions, staleTime: 600_000 });
  if (list.isError) return <ProblemView error={list.error} onRetry={() => void list.refetch()} />;
  return (
    <>
      <p className="fp-muted">{t('staff.matrixNote')}</p>
      <div className="fp-table-wrap">
        <DataTable<Permission>
          rowKey="key"
          loading={list.isPending}
          dataSource={list.data?.items ?? []}
          label={t('staff.matrix')}
          minWidth={720}
          columns={[
            {
              title: t('staff.permission'),
              width: 300,
              render: (_, p) => <span title={p.key}>{p.text || p.key}</span>,
            },
            ...roles.map((r) => ({
              title: t(`role.${r}`),
              key: r,
              align: 'center' as const,
              render: (_: unknown, p: Permission) =>
                p.roles?.includes(r) ? <CheckOutlined aria-label={t('common.yes')} style={{ color: 'var(--fp-primary)' }} /> : <span className="fp-muted" aria-label={t('common.no')}>–</span>,
            })),
          ]}
        />
      </div>
    </>
  );
}
