import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Form, Input, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { channels, type Channel } from '../../api/acquisition';
import { ProblemView, showFieldErrors } from '../../ui/ProblemView';
import { ChannelSelect } from './ChannelSelect';
import { channelsKey, useChannels } from './useChannels';
import { useUndo } from '../../ui/useUndo';

interface Fields {
  name: string;
  parent_id: string;
}

const level = { platform: 1, campaign: 2, entrance: 3 };

/** Makes a channel, or renames and moves one. */
export function ChannelDialog({ channel, parent = '', onClose }: { channel?: Channel; parent?: string; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queryClient = useQueryClient();
  const undo = useUndo();
  const { list } = useChannels();
  const [form] = Form.useForm<Fields>();
  const fresh = () => Promise.all([queryClient.invalidateQueries({ queryKey: channelsKey }), queryClient.invalidateQueries({ queryKey: ['attribution'] })]);
  // Whatever hangs below comes along, and has to fit.
  const below = channel ? list.filter((c) => c.parent_id === channel.id) : [];
  const depth = !channel || below.length === 0 ? 1 : list.some((c) => below.some((b) => b.id === c.parent_id)) ? 3 : 2;

  const save = useMutation({
    mutationFn: (v: Fields) => {
      const name = v.name.trim();
      const parent_id = v.parent_id ?? '';
      return channel ? channels.update(channel.id, { name, parent_id }) : channels.create(name, parent_id || undefined);
    },
    onSuccess: async (saved) => {
      if (channel && (channel.name !== saved.name || channel.parent_id !== saved.parent_id)) {
        undo(`channel-${channel.id}`, t(channel.parent_id === saved.parent_id ? 'channels.renamed' : 'channels.moved', { name: saved.name }), () =>
          channels.update(channel.id, { name: channel.name, parent_id: channel.parent_id }).then(fresh),
        );
      } else if (!channel) void message.success(t('channels.created', { name: saved.name }));
      onClose();
      await fresh();
    },
    onError: (e) => showFieldErrors(form, e),
  });
  return (
    <Modal
      open
      title={channel ? t('channels.editOf', { name: channel.name }) : t('channels.create')}
      onCancel={onClose}
      okText={channel ? t('common.save') : t('common.create')}
      okButtonProps={{ loading: save.isPending }}
      onOk={form.submit}
    >
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ name: channel?.name ?? '', parent_id: channel?.parent_id ?? parent }} onFinish={(v) => save.mutate(v)}>
        {save.isError && <ProblemView error={save.error} />}
        <Form.Item name="name" label={t('channels.name')} extra={t('channels.nameHelp')} rules={[{ required: true, whitespace: true, message: t('field.required') }]}>
          <Input autoFocus maxLength={60} />
        </Form.Item>
        <Form.Item name="parent_id" label={t('channels.parent')} extra={t('channels.parentHelp')}>
          <Parent except={channel?.id} deepest={level.entrance - depth} />
        </Form.Item>
      </Form>
    </Modal>
  );
}

function Parent({ value, onChange, id, except, deepest }: { value?: string; onChange?: (id: string) => void; id?: string; except?: string; deepest: number }) {
  const { t } = useTranslation();
  return <ChannelSelect id={id} value={value} onChange={(v) => onChange?.(v)} label={t('channels.parent')} placeholder={t('channels.top')} except={except} deepest={deepest} className="fp-full" />;
}
