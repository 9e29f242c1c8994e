import { PlusOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Button, Dropdown, Input, Modal, Select, Tabs } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { staff as staffApi } from '../../api/endpoints';
import type { Role, Staff } from '../../api/types';
import { useMe } from '../../app/me';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { SecretBox } from '../../ui/SecretBox';
import { TimeText } from '../../ui/values';
import { InviteDialog } from './InviteDialog';
import { RoleMatrix } from './RoleMatrix';
import { roles } from './roles';

const statuses = ['active', 'invited', 'disabled'] as const;
const route = getRouteApi('/shell/staff');

function People() {
  const { t } = useTranslation();
  const me = useMe();
  const notify = useNotifyProblem();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const search = route.useSearch();
  const [inviting, setInviting] = useState(false);
  const [link, setLink] = useState<{ name: string; url: string }>();
  const query = { q: search.q, status: statuses.find((s) => s === search.status) };
  const list = useQuery({ queryKey: ['staff', query], queryFn: () => staffApi.list(query) });
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['staff'] });
  const update = useMutation({
    mutationFn: (v: { id: string; role?: Role; status?: 'active' | 'disabled' }) => {
      const { id, ...body } = v;
      return staffApi.update(id, body);
    },
    onSuccess: refresh,
    onError: notify,
  });
  const again = useMutation({
    mutationFn: async (s: Staff) => setLink({ name: s.name, url: (await staffApi.inviteAgain(s.id)).invite_url }),
    onSuccess: refresh,
    onError: notify,
  });
  const filter = (change: Record<string, string | undefined>) => {
    const next = Object.fromEntries(Object.entries({ ...search, ...change }).filter((e): e is [string, string] => Boolean(e[1])));
    void navigate({ to: '/staff', search: next });
  };

  return (
    <>
      <div className="fp-toolbar">
        <Input.Search
          className="fp-grow"
          allowClear
          defaultValue={search.q}
          placeholder={t('staff.search')}
          aria-label={t('staff.search')}
          onSearch={(q) => filter({ q: q.trim() })}
        />
        <Select
          allowClear
          style={{ width: 140 }}
          placeholder={t('staff.anyStatus')}
          aria-label={t('staff.status')}
          value={search.status}
          onChange={(status?: string) => filter({ status })}
          options={statuses.map((s) => ({ value: s, label: t(`staff.status_${s}`) }))}
        />
        <span className="fp-end">
          <Button type="primary" icon={<PlusOutlined />} onClick={() => setInviting(true)}>
            {t('staff.invite')}
          </Button>
        </span>
      </div>
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <div className="fp-table-wrap">
          <DataTable<Staff>
            rowKey="id"
            loading={list.isPending}
            dataSource={list.data?.items ?? []}
            label={t('staff.people')}
            minWidth={760}
            locale={{ emptyText: <EmptyState title={t('staff.none')} /> }}
            columns={[
              { title: t('field.name'), dataIndex: 'name', ellipsis: true },
              { title: t('field.email'), dataIndex: 'email', ellipsis: true },
              {
                title: t('staff.role'),
                width: 150,
                render: (_, s) => (
                  <Select<Role>
                    size="small"
                    variant="borderless"
                    style={{ width: '100%' }}
                    aria-label={t('staff.roleOf', { name: s.name })}
                    value={s.role}
                    disabled={s.id === me.staff.id}
                    options={roles.map((r) => ({ value: r, label: t(`role.${r}`) }))}
                    onChange={(role) => update.mutate({ id: s.id, role })}
                  />
                ),
              },
              {
                title: t('staff.status'),
                width: 100,
                render: (_, s) => <span className={s.status === 'disabled' ? 'fp-muted' : undefined}>{t(`staff.status_${s.status}`)}</span>,
              },
              { title: t('staff.lastSeen'), width: 130, render: (_, s) => <TimeText at={s.last_seen_at} /> },
              {
                title: <span className="fp-hidden">{t('common.actions')}</span>,
                width: 110,
                align: 'right',
                render: (_, s) =>
                  s.id === me.staff.id ? (
                    <span className="fp-muted">{t('staff.you')}</span>
                  ) : (
                    <Dropdown
                      trigger={['click']}
                      menu={{
                        items: [
                          ...(s.status !== 'disabled' ? [{ key: 'again', label: t(s.status === 'invited' ? 'staff.inviteAgain' : 'staff.resetLink'), onClick: () => again.mutate(s) }] : []),
                          s.status === 'disabled'
                            ? { key: 'on', label: t('staff.enable'), onClick: () => update.mutate({ id: s.id, status: 'active' }) }
                            : { key: 'off', label: t('staff.disable'), danger: true, onClick: () => update.mutate({ id: s.id, status: 'disabled' }) },
                        ],
                      }}
                    >
                      <Button size="small" type="text" aria-label={t('staff.actionsFor', { name: s.name })}>
                        {t('common.actions')}
                      </Button>
                    </Dropdown>
                  ),
              },
            ]}
          />
        </div>
      )}
      {inviting && (
        <InviteDialog
          onClose={() => setInviting(false)}
          onInvited={(name, url) => {
            setInviting(false);
            setLink({ name, url });
            void refresh();
          }}
        />
      )}
      <Modal open={link !== undefined} title={t('staff.linkTitle', { name: link?.name })} footer={null} onCancel={() => setLink(undefined)}>
        <p>{t('staff.linkText')}</p>
        <SecretBox value={link?.url ?? ''} label={t('staff.link')} />
      </Modal>
    </>
  );
}

export function StaffPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { tab = 'people' } = route.useSearch();
  return (
    <div className="fp-page">
      <PageHeader title={t('menu.staff')} note={t('staff.note')} />
      <Tabs
        activeKey={tab}
        onChange={(next) => void navigate({ to: '/staff', search: next === 'people' ? {} : { tab: next } })}
        items={[
          { key: 'people', label: t('staff.people'), children: <People /> },
          { key: 'roles', label: t('staff.matrix'), children: <RoleMatrix /> },
        ]}
      />
    </div>
  );
}
