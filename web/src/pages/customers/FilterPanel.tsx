import { useQuery } from '@tanstack/react-query';
import { Button, DatePicker, Form, Input, InputNumber, Select, Space } from 'antd';
import dayjs, { type Dayjs } from 'dayjs';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { persons } from '../../api/endpoints';
import type { Staff, Tag } from '../../api/types';
import { useMe } from '../../app/me';
import { currencyDigits, parseMoney } from '../../lib/format';
import { noFilters, stages, type CustomerFilters } from '../../lib/filters';
import { StageTag } from '../../ui/values';

type Range = [Dayjs | null, Dayjs | null] | null;

interface Fields {
  stage?: CustomerFilters['stage'];
  tag?: string;
  region?: string;
  owner?: string;
  minGmv?: string;
  maxGmv?: string;
  minOrders?: number | null;
  maxOrders?: number | null;
  lastOrder?: Range;
  created?: Range;
}

function range(from?: string, to?: string): Range {
  return from || to ? [from ? dayjs(from) : null, to ? dayjs(to) : null] : null;
}

const day = (d: Dayjs | null | undefined) => d?.format('YYYY-MM-DD');

interface Props {
  filters: CustomerFilters;
  tags: Tag[];
  staff: Staff[];
  onApply: (filters: CustomerFilters) => void;
}

/** Everything by which the list can be narrowed, applied together. */
export function FilterPanel({ filters, tags, staff, onApply }: Props) {
  const { t } = useTranslation();
  const { org } = useMe();
  const [form] = Form.useForm<Fields>();
  const regions = useQuery({ queryKey: ['regions'], queryFn: persons.regions, staleTime: 60_000 });
  const scale = 10 ** currencyDigits(org.currency);

  useEffect(() => {
    const money = (minor?: number) => (minor === undefined ? undefined : String(minor / scale));
    form.setFieldsValue({
      stage: filters.stage,
      tag: filters.tag,
      region: filters.region,
      owner: filters.owner,
      minGmv: money(filters.minGmv),
      maxGmv: money(filters.maxGmv),
      minOrders: filters.minOrders ?? null,
      maxOrders: filters.maxOrders ?? null,
      lastOrder: range(filters.lastOrderFrom, filters.lastOrderTo),
      created: range(filters.createdFrom, filters.createdTo),
    });
  }, [filters, form, scale]);

  const apply = (v: Fields) =>
    onApply({
      q: filters.q,
      sort: filters.sort,
      descending: filters.descending,
      stage: v.stage,
      tag: v.tag,
      region: v.region,
      owner: v.owner,
      minGmv: v.minGmv ? parseMoney(v.minGmv, org.currency) : undefined,
      maxGmv: v.maxGmv ? parseMoney(v.maxGmv, org.currency) : undefined,
      minOrders: v.minOrders ?? undefined,
      maxOrders: v.maxOrders ?? undefined,
      lastOrderFrom: day(v.lastOrder?.[0]),
      lastOrderTo: day(v.lastOrder?.[1]),
      createdFrom: day(v.created?.[0]),
      createdTo: day(v.created?.[1]),
    });

  const amount = { pattern: /^\s*\d+(\.\d+)?\s*$/, message: t('field.amountWrong') };
  return (
    <Form form={form} layout="vertical" onFinish={apply} className="fp-filters">
      <Form.Item name="stage" label={t('field.stage')}>
        <Select
          allowClear
          placeholder={t('common.any')}
          options={stages.map((s) => ({ value: s, label: <StageTag stage={s} /> }))}
        />
      </Form.Item>
      <Form.Item name="tag" label={t('field.tags')}>
        <Select
          allowClear
          showSearch={{ optionFilterProp: 'label' }}
          placeholder={t('common.any')}
          options={tags.map((tag) => ({ value: tag.id, label: tag.group ? `${tag.group} / ${tag.name}` : tag.name }))}
        />
      </Form.Item>
      <Form.Item name="region" label={t('field.region')}>
        <Select
          allowClear
          showSearch
          placeholder={t('common.any')}
          loading={regions.isPending}
          options={(regions.data?.items ?? []).filter((r) => r.region).map((r) => ({ value: r.region, label: `${r.region} (${r.count})` }))}
        />
      </Form.Item>
      {staff.length > 0 && (
        <Form.Item name="owner" label={t('field.owner')}>
          <Select
            allowClear
            showSearch={{ optionFilterProp: 'label' }}
            placeholder={t('common.any')}
            options={staff.map((s) => ({ value: s.id, label: s.name }))}
          />
        </Form.Item>
      )}
      <Form.Item label={t('customers.gmvRange', { currency: org.currency })}>
        <Space.Compact block>
          <Form.Item name="minGmv" noStyle rules={[amount]}>
            <Input inputMode="decimal" placeholder={t('common.from')} aria-label={t('customers.gmvFrom')} />
          </Form.Item>
          <Form.Item name="maxGmv" noStyle rules={[amount]}>
            <Input inputMode="decimal" placeholder={t('common.to')} aria-label={t('customers.gmvTo')} />
          </Form.Item>
        </Space.Compact>
      </Form.Item>
      <Form.Item label={t('customers.ordersRange')}>
        <Space.Compact block>
          <Form.Item name="minOrders" noStyle>
            <InputNumber min={0} precision={0} placeholder={t('common.from')} aria-label={t('customers.ordersFrom')} style={{ width: '50%' }} />
          </Form.Item>
          <Form.Item name="maxOrders" noStyle>
            <InputNumber min={0} precision={0} placeholder={t('common.to')} aria-label={t('customers.ordersTo')} style={{ width: '50%' }} />
          </Form.Item>
        </Space.Compact>
      </Form.Item>
      <Form.Item name="lastOrder" label={t('field.lastOrder')}>
        <DatePicker.RangePicker allowEmpty={[true, true]} style={{ width: '100%' }} />
      </Form.Item>
      <Form.Item name="created" label={t('field.created')}>
        <DatePicker.RangePicker allowEmpty={[true, true]} style={{ width: '100%' }} />
      </Form.Item>
      <div className="fp-filters-foot">
        <span className="fp-muted fp-small">{t('customers.daysNote', { zone: org.time_zone })}</span>
        <Button onClick={() => onApply({ ...noFilters, q: filters.q, sort: filters.sort, descending: filters.descending })}>
          {t('customers.clear')}
        </Button>
        <Button type="primary" htmlType="submit">
          {t('customers.apply')}
        </Button>
      </div>
    </Form>
  );
}
