import { PlusOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { App, Button, Drawer, Input, InputNumber, Modal, Radio, Select, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { coupons, type CouponCode, type CouponPool } from '../../api/campaigns';
import { asProblem } from '../../api/problem';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Field } from '../../ui/Field';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { Pager } from '../../ui/Pager';
import { ProblemView } from '../../ui/ProblemView';
import { usePages } from '../../ui/usePages';
import { TimeText } from '../../ui/values';
import './campaigns.css';

/** Batches of codes of which campaigns give one to each person. */
export function CouponsPage() {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const [filling, setFilling] = useState<CouponPool | 'new'>();
  const [opened, setOpened] = useState<CouponPool>();
  const list = useQuery({ queryKey: ['coupon-pools'], queryFn: coupons.list });
  const items = list.data?.items ?? [];
  const write = may('campaign.write');
  const create = write && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setFilling('new')}>
      {t('campaigns.coupons.create')}
    </Button>
  );
  const number = (key: 'total' | 'taken' | 'redeemed' | 'left') => ({ key, title: t(`campaigns.coupons.${key}`), align: 'right' as const, width: 110, render: (_: unknown, p: CouponPool) => <span className="fp-num">{f.number(p[key])}</span> });
  return (
    <div className="fp-page">
      <nav className="fp-crumb">
        <Link to="/campaigns" search={{}}>
          {t('campaigns.title')}
        </Link>
      </nav>
      <PageHeader title={t('campaigns.coupons.title')} note={t('campaigns.coupons.note')} extra={items.length > 0 && create} />
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <div className="fp-table-wrap">
          {list.isPending ? (
            <Loading rows={6} />
          ) : items.length === 0 ? (
            <EmptyState title={t('campaigns.coupons.emptyTitle')} text={t('campaigns.coupons.emptyText')} action={create} />
          ) : (
            <DataTable<CouponPool>
              rowKey="id"
              label={t('campaigns.coupons.title')}
              minWidth={760}
              dataSource={items}
              columns={[
                { key: 'name', title: t('campaigns.coupons.name'), render: (_, p) => <b>{p.name}</b> },
                number('total'),
                number('taken'),
                number('redeemed'),
                number('left'),
                { key: 'created', title: t('campaigns.coupons.created'), width: 130, render: (_, p) => <TimeText at={p.created_at} /> },
                {
                  key: 'tools',
                  title: <span className="fp-hidden">{t('common.actions')}</span>,
                  width: 190,
                  align: 'right',
                  render: (_, p) => (
                    <Space size={6}>
                      <Button size="small" aria-label={`${t('campaigns.coupons.look')} ${p.name}`} onClick={() => setOpened(p)}>
                        {t('campaigns.coupons.look')}
                      </Button>
                      {write && (
                        <Button size="small" aria-label={t('campaigns.coupons.addTo', { name: p.name })} onClick={() => setFilling(p)}>
                          {t('campaigns.coupons.add')}
                        </Button>
                      )}
                    </Space>
                  ),
                },
              ]}
            />
          )}
        </div>
      )}
      {filling && <Fill pool={filling === 'new' ? undefined : filling} onClose={() => setFilling(undefined)} />}
      <Drawer open={opened !== undefined} title={opened?.name} size="large" onClose={() => setOpened(undefined)} destroyOnHidden>
        {opened && <Codes pool={opened} />}
      </Drawer>
    </div>
  );
}

/** Makes a pool, or puts more into one: codes that are made here, or those that there are. */
function Fill({ pool, onClose }: { pool?: CouponPool; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [how, setHow] = useState<'generate' | 'paste'>('generate');
  const [prefix, setPrefix] = useState(pool?.prefix ?? '');
  const [length, setLength] = useState(8);
  const [count, setCount] = useState(1000);
  const [codes, setCodes] = useState('');
  const content = how === 'paste' ? { codes } : { prefix, length, count };
  const save = useMutation({
    mutationFn: (): Promise<unknown> => (pool ? coupons.add(pool.id, content) : coupons.create({ name: name.trim(), ...content })),
    onSuccess: async () => {
      void message.success(t('campaigns.coupons.saved'));
      await queries.invalidateQueries({ queryKey: ['coupon-pools'] });
      onClose();
    },
  });
  const fields = save.isError ? asProblem(save.error).fields : [];
  const errorAt = (key: string) =>
    fields
      .filter((x) => x.location === `body.${key}`)
      .slice(0, 5)
      .map((x) => x.message)
      .join('\n') || undefined;
  return (
    <Modal
      open
      title={pool ? t('campaigns.coupons.addTo', { name: pool.name }) : t('campaigns.coupons.create')}
      okText={t(pool ? 'common.add' : 'common.create')}
      okButtonProps={{ loading: save.isPending, disabled: (!pool && !name.trim()) || (how === 'paste' && !codes.trim()) }}
      onOk={() => save.mutate()}
      onCancel={onClose}
    >
      <div className="fp-campaign-fields">
        {save.isError && fields.length === 0 && <ProblemView error={save.error} />}
        {!pool && (
          <Field label={t('campaigns.coupons.name')} error={errorAt('name')}>
            {(id) => <Input id={id} autoFocus maxLength={60} value={name} onChange={(e) => setName(e.target.value)} />}
          </Field>
        )}
        <div className="fp-field" role="group" aria-label={t('campaigns.coupons.how')}>
          <span className="fp-label">{t('campaigns.coupons.how')}</span>
          <Radio.Group value={how} onChange={(e) => setHow(e.target.value as typeof how)} options={(['generate', 'paste'] as const).map((h) => ({ value: h, label: t(`campaigns.coupons.${h}`) }))} />
        </div>
        {how === 'paste' ? (
          <Field label={t('campaigns.coupons.codes')} error={errorAt('codes')}>
            {(id) => <Input.TextArea id={id} rows={8} className="fp-mono" value={codes} onChange={(e) => setCodes(e.target.value)} />}
          </Field>
        ) : (
          <div className="fp-campaign-grid">
            <Field label={t('campaigns.coupons.prefix')} error={errorAt('prefix')}>
              {(id) => <Input id={id} maxLength={10} value={prefix} onChange={(e) => setPrefix(e.target.value)} />}
            </Field>
            <Field label={t('campaigns.coupons.length')} error={errorAt('length')}>
              {(id) => <InputNumber id={id} min={6} max={16} precision={0} value={length} onChange={(n) => n !== null && setLength(n)} />}
            </Field>
            <Field label={t('campaigns.coupons.count')} error={errorAt('count')}>
              {(id) => <InputNumber id={id} min={1} max={1_000_000} precision={0} value={count} onChange={(n) => n !== null && setCount(n)} />}
            </Field>
          </div>
        )}
      </div>
    </Modal>
  );
}

const states = ['free', 'taken', 'redeemed'] as const;

function Codes({ pool }: { pool: CouponPool }) {
  const { t } = useTranslation();
  const [state, setState] = useState<(typeof states)[number]>();
  const [q, setQ] = useState('');
  const pages = usePages(pool.id, state, q);
  const { cursor } = pages;
  const list = useQuery({ queryKey: ['coupon-pools', pool.id, state, q, cursor], queryFn: () => coupons.codes(pool.id, { state, q: q || undefined, limit: 50, cursor }), placeholderData: (before) => before });
  return (
    <>
      <div className="fp-toolbar">
        <Input.Search className="fp-grow" allowClear placeholder={t('campaigns.coupons.search')} aria-label={t('campaigns.coupons.search')} onSearch={setQ} />
        <Select value={state ?? ''} aria-label={t('campaigns.coupons.state')} style={{ minWidth: 110 }} onChange={(s) => setState(states.find((x) => x === s))} options={[{ value: '', label: t('campaigns.coupons.all') }, ...states.map((s) => ({ value: s, label: t(`campaigns.coupons.states.${s}`) }))]} />
        <a href={coupons.exportAddress(pool.id)} download>
          {t('campaigns.coupons.export')}
        </a>
      </div>
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading rows={8} />
      ) : (
        <div className="fp-table-wrap">
          <DataTable<CouponCode>
            rowKey="code"
            label={t('campaigns.coupons.look')}
            minWidth={520}
            dataSource={list.data.items ?? []}
            columns={[
              { key: 'code', title: t('campaigns.coupons.code'), render: (_, c) => <span className="fp-mono">{c.code}</span> },
              { key: 'state', title: t('campaigns.coupons.state'), render: (_, c) => t(`campaigns.coupons.states.${c.state}`) },
              {
                key: 'person',
                title: t('campaigns.coupons.person'),
                render: (_, c) =>
                  c.person_id ? (
                    <Link to="/customers/$personId" params={{ personId: c.person_id }}>
                      {c.person_name || t('customer.nameless')}
                    </Link>
                  ) : (
                    '—'
                  ),
              },
              { key: 'taken', title: t('campaigns.coupons.takenAt'), render: (_, c) => <TimeText at={c.taken_at} /> },
              { key: 'redeemed', title: t('campaigns.coupons.redeemedAt'), render: (_, c) => <TimeText at={c.redeemed_at} /> },
            ]}
          />
          <Pager pages={pages} next={list.data.next_cursor} />
        </div>
      )}
    </>
  );
}
