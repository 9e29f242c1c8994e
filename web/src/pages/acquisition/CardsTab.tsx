import { EditOutlined, PlusOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, InputNumber, Modal, Radio } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { batches as api, type Batch } from '../../api/acquisition';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { ProblemView } from '../../ui/ProblemView';
import { BatchDrawer } from './BatchDrawer';
import { CodeField } from './CodeField';
import { ChannelField } from './LinksTab';
import { RewardField } from './RewardField';
import { nestErrors } from './nestErrors';
import { PathText } from './PathText';
import { ThingList, ThingStatus } from './ThingList';
import { useEnding } from './useEnding';

const modes = ['single', 'per_order', 'store'] as const;

/** Printed cards by the batch: parcel cards, store codes. */
export function CardsTab() {
  const { t } = useTranslation();
  const may = useMay();
  const f = useFormat();
  const write = may('acquisition.write');
  const [editing, setEditing] = useState<Batch | 'new'>();
  const [open, setOpen] = useState<Batch>();
  const end = useEnding('cards', api.update);
  const actions = (b: Batch) => (
    <span className="fp-row-actions">
      <Button size="small" onClick={() => setOpen(b)}>
        {t('cards.open')}
      </Button>
      {write && (
        <>
          <Button size="small" icon={<EditOutlined />} aria-label={t('catch.editOf', { name: b.name })} onClick={() => setEditing(b)} />
          <Button size="small" onClick={() => end(b)}>
            {t(b.status === 'active' ? 'catch.end' : 'catch.resume')}
          </Button>
        </>
      )}
    </span>
  );
  return (
    <>
      <ThingList<Batch>
        kind="cards"
        read={api.list}
        create={
          write && (
            <Button type="primary" icon={<PlusOutlined />} onClick={() => setEditing('new')}>
              {t('cards.create')}
            </Button>
          )
        }
        columns={[
          {
            key: 'name',
            title: t('cards.name'),
            render: (_, b) => (
              <>
                <b>{b.name}</b> {b.status === 'ended' && <ThingStatus status={b.status} />}
                <div className="fp-muted fp-small">
                  {t(`cards.modes.${b.mode}`)}
                  {b.reward_title && ` · ${b.reward_title}`}
                </div>
              </>
            ),
          },
          { key: 'channel', title: t('catch.channel'), width: 210, render: (_, b) => <PathText path={b.channel_path} /> },
          { key: 'cards', title: t('cards.count'), width: 90, align: 'right', render: (_, b) => <span className="fp-num">{f.number(b.cards)}</span> },
          { key: 'views', title: t('cards.scans'), width: 90, align: 'right', render: (_, b) => <span className="fp-num">{f.number(b.views)}</span> },
          { key: 'claims', title: t('cards.claims'), width: 90, align: 'right', render: (_, b) => <span className="fp-num">{f.number(b.claims)}</span> },
          { key: 'actions', title: <span className="fp-hidden">{t('common.actions')}</span>, width: write ? 220 : 120, align: 'right', render: (_, b) => actions(b) },
        ]}
        card={(b) => (
          <>
            <span className="fp-card-line">
              <b>{b.name}</b>
              <ThingStatus status={b.status} />
            </span>
            <span className="fp-small">
              <PathText path={b.channel_path} />
            </span>
            <span className="fp-small fp-muted">{t('cards.inShort', { cards: f.number(b.cards), scans: f.number(b.views), claims: f.number(b.claims) })}</span>
            {actions(b)}
          </>
        )}
      />
      {editing && <BatchDialog batch={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} />}
      {open && <BatchDrawer batch={open} onClose={() => setOpen(undefined)} />}
    </>
  );
}

interface Fields {
  name: string;
  channel_id: string;
  mode: Batch['mode'];
  cards: number;
  leads: 'code' | 'target';
  spec: Batch['spec'];
}

function BatchDialog({ batch, onClose }: { batch?: Batch; onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [form] = Form.useForm<Fields>();
  const leads = Form.useWatch('leads', form);
  const mode = Form.useWatch('mode', form);
  const needed = [{ required: true, whitespace: true, message: t('field.required') }];
  const save = useMutation({
    mutationFn: (v: Fields) => {
      const spec = {
        title: v.spec.title.trim(),
        text: v.spec.text,
        ...(v.leads === 'code' ? { code_id: v.spec.code_id } : { target: v.spec.target?.trim() }),
        ...(v.spec.reward_id ? { reward_id: v.spec.reward_id } : {}),
      };
      const body = { name: v.name.trim(), channel_id: v.channel_id ?? '', spec };
      return batch ? api.update(batch.id, { ...body, version: batch.version }) : api.create({ ...body, mode: v.mode, cards: v.cards });
    },
    onSuccess: async () => {
      onClose();
      await queryClient.invalidateQueries({ queryKey: ['cards'] });
    },
    onError: (e) => nestErrors(form, e),
  });
  return (
    <Modal open title={batch ? t('catch.editOf', { name: batch.name }) : t('cards.create')} onCancel={onClose} okText={batch ? t('common.save') : t('common.create')} okButtonProps={{ loading: save.isPending }} onOk={form.submit}>
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{
          name: batch?.name ?? '',
          channel_id: batch?.channel_id ?? '',
          mode: batch?.mode ?? 'single',
          cards: batch?.cards ?? 100,
          leads: batch?.spec.target ? 'target' : 'code',
          spec: { title: '', text: '', code_id: '', target: '', reward_id: '', ...batch?.spec },
        }}
        onFinish={(v) => save.mutate(v)}
      >
        {save.isError && <ProblemView error={save.error} />}
        <Form.Item name="name" label={t('cards.name')} rules={needed}>
          <Input autoFocus maxLength={60} />
        </Form.Item>
        <Form.Item name="channel_id" label={t('catch.channel')}>
          <ChannelField />
        </Form.Item>
        {!batch && (
          <>
            <Form.Item name="mode" label={t('cards.mode')} extra={mode && t(`cards.modeHelp.${mode}`)}>
              <Radio.Group options={modes.map((m) => ({ value: m, label: t(`cards.modes.${m}`) }))} />
            </Form.Item>
            <Form.Item name="cards" label={t('cards.count')} extra={mode && mode !== 'single' ? t('cards.oneEnough') : undefined} rules={[{ required: true, message: t('field.required') }]}>
              <InputNumber min={1} max={20_000} precision={0} />
            </Form.Item>
          </>
        )}
        <Form.Item name={['spec', 'title']} label={t('cards.title')} rules={needed}>
          <Input maxLength={60} placeholder={t('cards.titleExample')} />
        </Form.Item>
        <Form.Item name={['spec', 'text']} label={t('cards.text')} extra={t('cards.textHelp')}>
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={1000} />
        </Form.Item>
        <Form.Item name="leads" label={t('cards.leads')}>
          <Radio.Group
            options={[
              { value: 'code', label: t('cards.toCode') },
              { value: 'target', label: t('cards.toTarget') },
            ]}
          />
        </Form.Item>
        {leads === 'target' ? (
          <Form.Item name={['spec', 'target']} label={t('links.target')} rules={needed}>
            <Input maxLength={2048} placeholder="https://" />
          </Form.Item>
        ) : (
          <Form.Item name={['spec', 'code_id']} label={t('catch.code')} rules={[{ required: true, message: t('field.required') }]}>
            <CodeField placeholder={t('cards.chooseCode')} />
          </Form.Item>
        )}
        <Form.Item name={['spec', 'reward_id']} label={t('cards.reward')} extra={t('cards.rewardHelp')}>
          <RewardField />
        </Form.Item>
      </Form>
    </Modal>
  );
}
