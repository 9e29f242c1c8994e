import { PlusOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, DatePicker, Form, Input, InputNumber, Modal, Select } from 'antd';
import type { Dayjs } from 'dayjs';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { rewards as api, type Reward } from '../../api/acquisition';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { nextDay, startOfDay } from '../../lib/zone';
import { ProblemView } from '../../ui/ProblemView';
import { DayText } from '../../ui/values';
import { nestErrors } from './nestErrors';
import { ThingList, ThingStatus } from './ThingList';
import { useEnding } from './useEnding';

const kinds = ['coupon', 'red_packet', 'gift', 'none'] as const;
const conditions = ['scanned', 'friend_added', 'form_filled', 'order_proven'] as const;

/** Rules of rewards: what is given for which neutral act. */
export function RewardsTab() {
  const { t } = useTranslation();
  const f = useFormat();
  const write = useMay()('acquisition.write');
  const [creating, setCreating] = useState(false);
  const end = useEnding('rewards', (id, body) => api.end(id, body.status));
  const left = (r: Reward) => (r.budget > 0 ? t('rewards.left', { number: f.number(Math.max(0, r.budget - r.claims)) }) : t('rewards.noLimit'));
  const action = (r: Reward) =>
    write && (
      <Button size="small" onClick={() => end(r)}>
        {t(r.status === 'active' ? 'catch.end' : 'catch.resume')}
      </Button>
    );
  return (
    <>
      <ThingList<Reward>
        kind="rewards"
        read={({ channel_id: _none, ...query }) => api.list(query)}
        create={
          write && (
            <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(true)}>
              {t('rewards.create')}
            </Button>
          )
        }
        columns={[
          {
            key: 'name',
            title: t('rewards.name'),
            render: (_, r) => (
              <>
                <b>{r.name}</b> {r.status === 'ended' && <ThingStatus status={r.status} />}
                <div className="fp-muted fp-small">{r.title}</div>
              </>
            ),
          },
          { key: 'kind', title: t('rewards.kind'), width: 120, render: (_, r) => t(`rewards.kinds.${r.kind}`) },
          { key: 'when', title: t('rewards.when'), width: 120, render: (_, r) => t(`rewards.condition.${r.condition}`) },
          { key: 'earned', title: t('rewards.earned'), width: 90, align: 'right', render: (_, r) => <span className="fp-num">{f.number(r.earned)}</span> },
          { key: 'pending', title: t('rewards.pending'), width: 120, align: 'right', render: (_, r) => <span className="fp-num">{f.number(r.pending)}</span> },
          { key: 'left', title: t('rewards.budget'), width: 110, align: 'right', render: (_, r) => <span className="fp-num">{left(r)}</span> },
          { key: 'until', title: t('rewards.until'), width: 120, render: (_, r) => (r.valid_until ? <DayText at={new Date(Date.parse(r.valid_until) - 1).toISOString()} /> : <span className="fp-muted">{t('rewards.noUntil')}</span>) },
          { key: 'actions', title: <span className="fp-hidden">{t('common.actions')}</span>, width: write ? 80 : 1, align: 'right', render: (_, r) => action(r) },
        ]}
        card={(r) => (
          <>
            <span className="fp-card-line">
              <b>{r.name}</b>
              <ThingStatus status={r.status} />
            </span>
            <span className="fp-small">
              {r.title} · {t(`rewards.condition.${r.condition}`)}
            </span>
            <span className="fp-card-line fp-small">
              <span>
                {t('rewards.earned')} {f.number(r.earned)}
              </span>
              <span>{left(r)}</span>
            </span>
            {action(r)}
          </>
        )}
      />
      {creating && <RewardDialog onClose={() => setCreating(false)} />}
    </>
  );
}

interface Fields {
  name: string;
  title: string;
  kind: Reward['kind'];
  condition: Reward['condition'];
  per_person: number;
  per_order: number;
  budget: number;
  until?: Dayjs | null;
}

function RewardDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const queryClient = useQueryClient();
  const [form] = Form.useForm<Fields>();
  const needed = [{ required: true, whitespace: true, message: t('field.required') }];
  const save = useMutation({
    mutationFn: ({ until, ...v }: Fields) =>
      api.create({ ...v, name: v.name.trim(), title: v.title.trim(), ...(until ? { valid_until: startOfDay(nextDay(until.format('YYYY-MM-DD')), f.timeZone) } : {}) }),
    onSuccess: async () => {
      onClose();
      await queryClient.invalidateQueries({ queryKey: ['rewards'] });
    },
    onError: (e) => nestErrors(form, e),
  });
  const count = (name: 'per_person' | 'per_order' | 'budget', label: string, max: number) => (
    <Form.Item name={name} label={label} extra={t('rewards.limitHelp')}>
      <InputNumber className="fp-full" min={0} max={max} precision={0} />
    </Form.Item>
  );
  return (
    <Modal open title={t('rewards.create')} onCancel={onClose} okText={t('common.create')} okButtonProps={{ loading: save.isPending }} onOk={form.submit}>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ name: '', title: '', kind: 'coupon', condition: 'scanned', per_person: 1, per_order: 1, budget: 0 }} onFinish={(v) => save.mutate(v)}>
        {save.isError && <ProblemView error={save.error} />}
        <Form.Item name="name" label={t('rewards.name')} extra={t('rewards.nameHelp')} rules={needed}>
          <Input autoFocus maxLength={60} />
        </Form.Item>
        <Form.Item name="title" label={t('rewards.title')} extra={t('cards.textHelp')} rules={needed}>
          <Input maxLength={60} placeholder={t('rewards.titleExample')} />
        </Form.Item>
        <Form.Item name="kind" label={t('rewards.kind')}>
          <Select options={kinds.map((k) => ({ value: k, label: t(`rewards.kinds.${k}`) }))} />
        </Form.Item>
        <Form.Item name="condition" label={t('rewards.when')}>
          <Select options={conditions.map((c) => ({ value: c, label: t(`rewards.condition.${c}`) }))} />
        </Form.Item>
        <div className="fp-three">
          {count('per_person', t('rewards.perPerson'), 1000)}
          {count('per_order', t('rewards.perOrder'), 1000)}
          {count('budget', t('rewards.budget'), 100_000_000)}
        </div>
        <Form.Item name="until" label={t('rewards.until')}>
          <DatePicker className="fp-full" placeholder={t('rewards.noUntil')} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
