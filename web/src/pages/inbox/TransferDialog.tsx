import { useQuery } from '@tanstack/react-query';
import { Form, Input, Modal, Select } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCalled } from './called';
import { desks, type Conversation } from '../../api/inbox';
import { useMe } from '../../app/me';
import { useNotifyProblem } from '../../ui/ProblemView';
import { useUndo } from '../../ui/useUndo';
import { colleaguesKey } from './AwaySwitch';
import { useInboxStore } from './state/useInbox';
import { useTeams } from './useTeams';

/** Hands a conversation to a colleague or a team, with what they should know. */
export function TransferDialog({ conversation: c, open, onClose }: { conversation: Conversation; open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const me = useMe().staff.id;
  const called = useCalled();
  const store = useInboxStore();
  const notify = useNotifyProblem();
  const undo = useUndo();
  const staff = useQuery({ queryKey: colleaguesKey, queryFn: desks.staff, enabled: open, staleTime: 5_000 });
  const teams = useTeams(open).filter((x) => x.id !== c.team_id || c.assignee_staff_id !== '');
  const [busy, setBusy] = useState(false);
  const [form] = Form.useForm<{ to: string; note?: string }>();
  useEffect(() => {
    if (open) form.resetFields();
  }, [open, form]);
  const others = (staff.data?.items ?? []).filter((x) => x.staff_id !== c.assignee_staff_id).sort((a, b) => Number(b.there) - Number(a.there) || a.open - b.open);
  const finish = async ({ to, note }: { to: string; note?: string }) => {
    const was = { assignee_staff_id: c.assignee_staff_id, team_id: c.team_id };
    const [kind, id] = to.split(' ') as ['staff' | 'team', string];
    const name = (kind === 'team' ? teams.find((x) => x.id === id) : others.find((x) => x.staff_id === id))?.name ?? '';
    setBusy(true);
    try {
      await store.transfer(c.id, kind === 'team' ? { team_id: id } : { staff_id: id }, note?.trim() ?? '');
      onClose();
      undo(`inbox ${c.id}`, t('inbox.did.transferred', { name }), () => store.change(c.id, was));
    } catch (error) {
      notify(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal open={open} title={t('inbox.transferTitle', { name: called(c) })} onCancel={onClose} okText={t('inbox.transfer')} okButtonProps={{ loading: busy }} onOk={form.submit} width={440} destroyOnHidden>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(v) => void finish(v)}>
        <Form.Item name="to" label={t('inbox.transferTo')} rules={[{ required: true, message: t('field.required') }]}>
          <Select
            autoFocus
            loading={staff.isPending}
            showSearch={{ optionFilterProp: 'name' }}
            options={[
              ...(teams.length > 0 ? [{ label: t('inbox.teams'), options: teams.map((x) => ({ value: `team ${x.id}`, name: x.name, label: `${x.name} · ${t('inbox.teamSize', { count: x.members.length })} · ${t('inbox.openCount', { count: x.open })}` })) }] : []),
              {
                label: t('inbox.colleagues'),
                options: others.map((x) => ({
                  value: `staff ${x.staff_id}`,
                  name: x.name,
                  label: `${x.name}${x.staff_id === me ? t('inbox.meSuffix') : ''} · ${t(x.away ? 'inbox.away' : x.there ? 'inbox.there' : 'inbox.notThere')} · ${t('inbox.openCount', { count: x.open })}`,
                })),
              },
            ]}
          />
        </Form.Item>
        <Form.Item name="note" label={t('inbox.transferNote')} extra={t('inbox.transferNoteHelp')}>
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={1000} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
