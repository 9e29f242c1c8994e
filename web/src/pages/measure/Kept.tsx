import { EllipsisOutlined, SaveOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Dropdown, Form, Input, Modal, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { kept, type KeptQuestion } from '../../api/value';
import { useMay } from '../../app/me';
import { useNotifyProblem } from '../../ui/ProblemView';
import { useUndo } from '../../ui/useUndo';

interface Props {
  tab: KeptQuestion['kind'];
  /** The question in the address, as JSON. */
  asked: string | undefined;
  open: (kind: KeptQuestion['kind'], question: unknown) => void;
}

/** Questions that were kept: opened, renamed, replaced, deleted and brought back; and the present one kept. */
export function Kept({ tab, asked, open }: Props) {
  const { t } = useTranslation();
  const may = useMay();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const undo = useUndo();
  const queries = useQueryClient();
  const [naming, setNaming] = useState<KeptQuestion | 'new'>();
  const list = useQuery({ queryKey: ['kept-questions'], queryFn: kept.list });
  const again = () => queries.invalidateQueries({ queryKey: ['kept-questions'] });
  const remove = useMutation({
    mutationFn: (k: KeptQuestion) => kept.remove(k.id),
    onError: notify,
    onSuccess: async (_, k) => {
      await again();
      undo(`kept-${k.id}`, t('kept.removed', { name: k.name }), async () => {
        await kept.restore(k.id);
        await again();
      });
    },
  });
  const replace = useMutation({
    mutationFn: (k: KeptQuestion) => kept.change(k.id, { question: JSON.parse(asked ?? '{}') as unknown }),
    onError: notify,
    onSuccess: async () => {
      await again();
      void message.success(t('kept.replaced'));
    },
  });
  const items = list.data?.items ?? [];
  const write = may('insight.keep');
  if (list.isError || (items.length === 0 && !(write && asked))) return null;
  return (
    <div className="fp-kept fp-no-print" role="group" aria-label={t('kept.title')}>
      {items.map((k) => (
        <span key={k.id} className="fp-kept-one" data-kept={k.id}>
          <Button size="small" type={k.kind === tab && asked === JSON.stringify(k.question) ? 'primary' : 'default'} onClick={() => open(k.kind, k.question)}>
            <Tag variant="filled">{t(`kept.kind.${k.kind}`)}</Tag>
            {k.name}
          </Button>
          {write && (
            <Dropdown
              trigger={['click']}
              menu={{
                items: [
                  { key: 'rename', label: t('kept.rename') },
                  { key: 'replace', label: t('kept.replace'), disabled: !asked || k.kind !== tab },
                  { key: 'remove', label: t('kept.remove', { name: k.name }), danger: true },
                ],
                onClick: ({ key }) => (key === 'rename' ? setNaming(k) : key === 'replace' ? replace.mutate(k) : remove.mutate(k)),
              }}
            >
              <Button size="small" type="text" icon={<EllipsisOutlined />} aria-label={t('kept.actions', { name: k.name })} />
            </Dropdown>
          )}
        </span>
      ))}
      {write && asked && (
        <Button size="small" icon={<SaveOutlined />} data-keep onClick={() => setNaming('new')}>
          {t('kept.keep')}
        </Button>
      )}
      {naming && <NameModal of={naming} tab={tab} asked={asked} onClose={() => setNaming(undefined)} onDone={again} />}
    </div>
  );
}

function NameModal({ of, tab, asked, onClose, onDone }: { of: KeptQuestion | 'new'; tab: KeptQuestion['kind']; asked: string | undefined; onClose: () => void; onDone: () => Promise<unknown> }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const [form] = Form.useForm<{ name: string }>();
  const save = useMutation({
    mutationFn: async (name: string) => {
      if (of === 'new') await kept.keep(tab, name, JSON.parse(asked ?? '{}') as unknown);
      else await kept.change(of.id, { name });
    },
    onError: notify,
    onSuccess: async () => {
      await onDone();
      void message.success(t('kept.saved'));
      onClose();
    },
  });
  return (
    <Modal open title={of === 'new' ? t('kept.keep') : t('kept.rename')} okText={t('kept.save')} confirmLoading={save.isPending} onOk={() => form.submit()} onCancel={onClose} destroyOnHidden>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ name: of === 'new' ? '' : of.name }} onFinish={(v) => save.mutate(v.name.trim())}>
        <Form.Item name="name" label={t('kept.name')} rules={[{ required: true, whitespace: true, message: t('field.required') }]}>
          <Input maxLength={60} autoFocus />
        </Form.Item>
      </Form>
    </Modal>
  );
}
