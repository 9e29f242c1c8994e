import { DeleteOutlined, EditOutlined, PlusOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input, InputNumber, Modal, Popconfirm, Select } from 'antd';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { desks, teams as api, type Colleague, type Team } from '../../../api/inbox';
import { useMay } from '../../../app/me';
import { DataTable } from '../../../ui/DataTable';
import { EmptyState } from '../../../ui/EmptyState';
import { Loading } from '../../../ui/Loading';
import { ProblemView, showFieldErrors, useNotifyProblem } from '../../../ui/ProblemView';
import { colleaguesKey } from '../AwaySwitch';
import { teamsKey } from '../useTeams';
import { useAccountNames } from './useAccountNames';

const strategies = ['off', 'round_robin', 'least_loaded', 'owner'] as const;
const noColleagues: Colleague[] = [];

/** Who answers together, and whose conversations come to them. */
export function TeamsTab() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const accounts = useAccountNames();
  const write = useMay()('inbox.settings');
  const teams = useQuery({ queryKey: teamsKey, queryFn: api.list });
  const staff = useQuery({ queryKey: colleaguesKey, queryFn: desks.staff }).data?.items ?? noColleagues;
  const nameOf = useMemo(() => new Map(staff.map((s) => [s.staff_id, s.name])), [staff]);
  const [editing, setEditing] = useState<Partial<Team>>();
  const refresh = () => queryClient.invalidateQueries({ queryKey: teamsKey });
  const remove = useMutation({
    mutationFn: (x: Team) => api.remove(x.id),
    onError: notify,
    onSuccess: (_a, x) => {
      void message.success(t('inbox.settings.teamRemoved', { name: x.name }));
      return refresh();
    },
  });
  const add = write && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setEditing({ strategy: 'least_loaded', capacity: 0, members: [], accounts: [] })}>
      {t('inbox.settings.addTeam')}
    </Button>
  );
  if (teams.isError) return <ProblemView error={teams.error} onRetry={() => void teams.refetch()} />;
  if (teams.isPending) return <Loading rows={5} />;
  return (
    <div className="fp-stack">
      <div className="fp-toolbar">
        <span className="fp-muted">{t('inbox.settings.teamsHelp')}</span>
        <span className="fp-end">{add}</span>
      </div>
      <div className="fp-table-wrap">
        <DataTable<Team>
          label={t('inbox.settings.teams')}
          minWidth={760}
          rowKey="id"
          dataSource={teams.data.items}
          locale={{ emptyText: <EmptyState title={t('inbox.settings.noTeams')} text={t('inbox.settings.noTeamsText')} action={add} /> }}
          columns={[
            { title: t('inbox.settings.teamName'), dataIndex: 'name', render: (name: string) => <bdi className="fp-break">{name}</bdi> },
            { title: t('inbox.settings.members'), render: (_v, x) => <bdi className="fp-break">{x.members.map((id) => nameOf.get(id) ?? id).join(t('common.listSeparator')) || '—'}</bdi> },
            {
              title: t('inbox.settings.teamAccounts'),
              render: (_v, x) => (x.accounts.length ? <bdi className="fp-break">{x.accounts.map(accounts.nameOf).join(t('common.listSeparator'))}</bdi> : <span className="fp-muted">{t('inbox.settings.teamNoAccounts')}</span>),
            },
            { title: t('inbox.settings.strategy'), render: (_v, x) => t(`inbox.settings.strategies.${x.strategy}`) },
            { title: t('inbox.measures.open'), dataIndex: 'open', align: 'right', className: 'fp-num' },
            {
              title: t('common.actions'),
              width: 90,
              render: (_v, x) =>
                write && (
                  <span className="fp-page-extra">
                    <Button size="small" type="text" icon={<EditOutlined />} aria-label={t('inbox.settings.editOf', { name: x.name })} onClick={() => setEditing(x)} />
                    <Popconfirm title={t('inbox.settings.removeOf', { name: x.name })} description={x.open > 0 && t('inbox.settings.removeTeamHelp', { count: x.open })} okText={t('common.delete')} onConfirm={() => remove.mutate(x)}>
                      <Button size="small" type="text" icon={<DeleteOutlined />} aria-label={t('inbox.settings.removeOf', { name: x.name })} />
                    </Popconfirm>
                  </span>
                ),
            },
          ]}
        />
      </div>
      <TeamDialog team={editing} staff={staff} onClose={() => setEditing(undefined)} onSaved={refresh} />
    </div>
  );
}

function TeamDialog({ team, staff, onClose, onSaved }: { team: Partial<Team> | undefined; staff: readonly Colleague[]; onClose: () => void; onSaved: () => Promise<unknown> }) {
  const { t } = useTranslation();
  const notify = useNotifyProblem();
  const accounts = useAccountNames();
  const [form] = Form.useForm<Team>();
  const strategy = Form.useWatch('strategy', form);
  useEffect(() => {
    if (!team) return;
    form.resetFields();
    form.setFieldsValue(team);
  }, [team, form]);
  const save = useMutation({
    mutationFn: (v: Team) => api.save({ ...v, id: team?.id ?? '', capacity: v.capacity ?? 0, open: 0 }),
    onError: (error) => {
      if (!showFieldErrors(form, error)) notify(error);
    },
    onSuccess: async () => {
      onClose();
      await onSaved();
    },
  });
  return (
    <Modal open={team !== undefined} title={team?.id ? t('inbox.settings.editTeam') : t('inbox.settings.addTeam')} onCancel={onClose} okText={t('common.save')} okButtonProps={{ loading: save.isPending }} onOk={form.submit} width={560} destroyOnHidden>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(v) => save.mutate(v)}>
        <Form.Item name="name" label={t('inbox.settings.teamName')} rules={[{ required: true, whitespace: true, message: t('field.required') }]}>
          <Input maxLength={50} autoFocus />
        </Form.Item>
        <Form.Item name="members" label={t('inbox.settings.members')} rules={[{ required: true, message: t('field.required') }]}>
          <Select mode="multiple" showSearch={{ optionFilterProp: 'label' }} options={staff.map((s) => ({ value: s.staff_id, label: s.name }))} />
        </Form.Item>
        <Form.Item name="accounts" label={t('inbox.settings.teamAccounts')} extra={t('inbox.settings.teamAccountsHelp')}>
          <Select mode="multiple" showSearch={{ optionFilterProp: 'label' }} placeholder={t('inbox.settings.teamNoAccounts')} options={accounts.options} />
        </Form.Item>
        <div className="fp-two">
          <Form.Item name="strategy" label={t('inbox.settings.strategy')} extra={strategy && t(`inbox.settings.strategyHelp.${strategy}`)}>
            <Select options={strategies.map((s) => ({ value: s, label: t(`inbox.settings.strategies.${s}`) }))} />
          </Form.Item>
          <Form.Item name="capacity" label={t('inbox.settings.capacity')} extra={t('inbox.settings.capacityHelp')}>
            <InputNumber min={0} max={1000} precision={0} />
          </Form.Item>
        </div>
      </Form>
    </Modal>
  );
}
