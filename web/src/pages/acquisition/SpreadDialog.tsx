import { useMutation } from '@tanstack/react-query';
import { App, Checkbox, DatePicker, Form, InputNumber, Modal, Radio } from 'antd';
import dayjs, { type Dayjs } from 'dayjs';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { costs as api } from '../../api/acquisition';
import { useFormat } from '../../app/useFormat';
import { currencyDigits } from '../../lib/format';
import { dayOf } from '../../lib/zone';
import { ProblemView } from '../../ui/ProblemView';
import { ChannelSelect } from './ChannelSelect';
import { addDays, daysBetween } from './days';
import { useCosts, useFreshCosts } from './useCosts';
import { useUndo } from '../../ui/useUndo';

/** Books what a channel cost over some days: a sum that is spread, or the same on each day. */
export function SpreadDialog({ channel: first, onClose }: { channel?: string; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const f = useFormat();
  const fresh = useFreshCosts();
  const undo = useUndo();
  const today = dayOf(new Date().toISOString(), f.timeZone);
  const [channel, setChannel] = useState(first ?? '');
  const [span, setSpan] = useState<[string, string]>([addDays(today, -6), today]);
  const [amount, setAmount] = useState<number | null>(null);
  const [each, setEach] = useState(false);
  const [replace, setReplace] = useState(false);
  const digits = currencyDigits(f.currency);
  const minor = amount === null ? undefined : Math.round(amount * 10 ** digits);
  const days = daysBetween(span[0], span[1]);
  const there = useCosts(span[0], span[1]);
  const before = there.list.filter((c) => c.channel_id === channel);
  const ready = channel !== '' && minor !== undefined && minor >= 0 && days <= 366 && (before.length === 0 || replace) && !there.query.isFetching;

  const book = useMutation({
    mutationFn: () => api.put(channel, { from: span[0], to: span[1], amount_minor: minor!, per_day: each }),
    onSuccess: async (booked) => {
      undo('cost-spread', t('costs.booked', { amount: f.money(booked.amount_minor), count: booked.days }), async () => {
        await api.remove(channel, span[0], span[1]);
        for (const c of before) await api.put(channel, { from: c.day, amount_minor: c.amount_minor });
        await fresh();
        void message.success(t('costs.takenBack'));
      });
      onClose();
      await fresh();
    },
  });

  return (
    <Modal
      open
      title={t('costs.spread')}
      onCancel={onClose}
      okText={t('costs.book')}
      okButtonProps={{ disabled: !ready, loading: book.isPending }}
      onOk={() => book.mutate()}
    >
      {book.isError && <ProblemView error={book.error} />}
      <Form layout="vertical" requiredMark={false}>
        <Form.Item label={t('catch.channel')} htmlFor="spread-channel">
          <ChannelSelect id="spread-channel" value={channel} onChange={setChannel} label={t('catch.channel')} placeholder={t('catch.chooseChannel')} className="fp-full" />
        </Form.Item>
        <Form.Item label={t('costs.days')} htmlFor="spread-days" extra={days > 366 ? <span className="fp-no">{t('costs.tooLong')}</span> : t('costs.dayCount', { count: days })}>
          <DatePicker.RangePicker
            id={{ start: 'spread-days' }}
            className="fp-full"
            allowClear={false}
            value={[dayjs(span[0]), dayjs(span[1])]}
            presets={[
              { label: t('costs.thisMonth'), value: [dayjs(today).startOf('month'), dayjs(today).endOf('month')] as [Dayjs, Dayjs] },
              { label: t('costs.lastMonth'), value: [dayjs(today).subtract(1, 'month').startOf('month'), dayjs(today).subtract(1, 'month').endOf('month')] as [Dayjs, Dayjs] },
            ]}
            onChange={(v) => {
              if (v?.[0] && v[1]) setSpan([v[0].format('YYYY-MM-DD'), v[1].format('YYYY-MM-DD')]);
              setReplace(false);
            }}
          />
        </Form.Item>
        <Form.Item label={t('costs.amount', { currency: f.currency })} htmlFor="spread-amount">
          <InputNumber id="spread-amount" className="fp-full" min={0} max={10_000_000_000} precision={digits} value={amount} onChange={setAmount} />
        </Form.Item>
        <Form.Item label={t('costs.amountIs')}>
          <Radio.Group value={each} onChange={(e) => setEach(e.target.value as boolean)} options={[{ value: false, label: t('costs.ofAll') }, { value: true, label: t('costs.ofEach') }]} />
        </Form.Item>
        {minor !== undefined && days <= 366 && (
          <p className="fp-muted" role="status">
            {each ? t('costs.sumIs', { amount: f.money(minor * days), count: days }) : minor % days === 0 ? t('costs.eachIs', { amount: f.money(minor / days) }) : t('costs.eachAbout', { amount: f.money(Math.floor(minor / days)), rest: f.money(minor % days) })}
          </p>
        )}
        {before.length > 0 && (
          <Checkbox checked={replace} onChange={(e) => setReplace(e.target.checked)}>
            {t('costs.replaceDays', { count: before.length, amount: f.money(before.reduce((n, c) => n + c.amount_minor, 0)) })}
          </Checkbox>
        )}
      </Form>
    </Modal>
  );
}
