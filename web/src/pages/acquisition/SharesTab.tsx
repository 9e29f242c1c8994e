import { PlusOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link as RouteLink } from '@tanstack/react-router';
import { App, Button, Form, Grid, Input, Modal, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { shares as api, type Share } from '../../api/acquisition';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { useStaff } from '../../app/useStaff';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { Pager } from '../../ui/Pager';
import { ProblemView, showFieldErrors } from '../../ui/ProblemView';
import { usePages } from '../../ui/usePages';
import { CopyText } from './CopyText';
import { ChannelField } from './LinksTab';
import { QrDialog, QrThumb } from './QrDialog';
import { useAccounts } from './useAccounts';

const pageSize = 20;

/** What staff give away: a code and a link of their own, whose customers are theirs. */
export function SharesTab() {
  const { t } = useTranslation();
  const may = useMay();
  const f = useFormat();
  const wide = Grid.useBreakpoint().md ?? true;
  const [q, setQ] = useState('');
  const pages = usePages(q);
  const [making, setMaking] = useState(false);
  const [looking, setLooking] = useState<Share>();
  const { cursor } = pages;
  const list = useQuery({ queryKey: ['shares', q, cursor], queryFn: () => api.list({ q: q || undefined, limit: pageSize, cursor }), placeholderData: (before) => before });
  const items = list.data?.items ?? [];
  const write = may('acquisition.write');
  const create = write && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setMaking(true)}>
      {t('shares.make')}
    </Button>
  );
  const none = <span className="fp-muted">{t('shares.notYet')}</span>;
  const name = (s: Share) => (
    <>
      <b>{s.staff.name}</b>
      {!s.active && <span className="fp-no fp-small"> {t('shares.left')}</span>}
    </>
  );
  const code = (s: Share) =>
    s.code ? (
      <RouteLink to="/codes/$codeId" params={{ codeId: s.code.id }} search={{}}>
        {t('shares.today', { count: s.code.today })}
      </RouteLink>
    ) : (
      none
    );
  return (
    <>
      <div className="fp-toolbar">
        <Input.Search
          className="fp-grow"
          allowClear
          placeholder={t('shares.search')}
          aria-label={t('shares.search')}
          maxLength={60}
          onSearch={(text) => {
            setQ(text.trim());
          }}
        />
        <span className="fp-end">{create}</span>
      </div>
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <div className="fp-table-wrap" aria-busy={list.isPlaceholderData}>
          {list.isSuccess && items.length === 0 ? (
            <EmptyState title={t('shares.noneTitle')} text={t('codes.noneText')} />
          ) : wide ? (
            <DataTable<Share>
              rowKey={(s) => s.staff.id}
              label={t('shares.tab')}
              minWidth={760}
              loading={list.isPending}
              dataSource={items}
              columns={[
                { key: 'qr', title: <span className="fp-hidden">{t('qr.picture')}</span>, width: 58, render: (_, s) => s.code && <QrThumb kind="codes" id={s.code.id} name={s.staff.name} onClick={() => setLooking(s)} /> },
                { key: 'name', title: t('catch.staff'), width: 180, render: (_, s) => name(s) },
                { key: 'code', title: t('shares.code'), width: 160, render: (_, s) => code(s) },
                {
                  key: 'link',
                  title: t('shares.link'),
                  render: (_, s) =>
                    s.link ? (
                      <>
                        <CopyText text={s.link.url} />
                        <div className="fp-muted fp-small">{t('links.viewCount', { count: s.link.views, number: f.number(s.link.views) })}</div>
                      </>
                    ) : (
                      none
                    ),
                },
              ]}
            />
          ) : list.isPending ? (
            <Loading rows={6} />
          ) : (
            <ul className="fp-cat-cards">
              {items.map((s) => (
                <li key={s.staff.id}>
                  <div className="fp-cat-card fp-code-card">
                    {s.code ? <QrThumb kind="codes" id={s.code.id} name={s.staff.name} size={52} onClick={() => setLooking(s)} /> : <span />}
                    <div>
                      <span className="fp-card-line">
                        <span>{name(s)}</span>
                        {code(s)}
                      </span>
                      {s.link && <CopyText text={s.link.url} />}
                    </div>
                  </div>
                </li>
              ))}
            </ul>
          )}
          <Pager pages={pages} next={list.data?.next_cursor} />
        </div>
      )}
      {making && <MakeDialog onClose={() => setMaking(false)} />}
      {looking?.code && <QrDialog kind="codes" id={looking.code.id} name={looking.staff.name} url={looking.code.page_url} onClose={() => setLooking(undefined)} />}
    </>
  );
}

interface Fields {
  staff_ids: string[];
  account_id?: string;
  target?: string;
  channel_id?: string;
}

function MakeDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queryClient = useQueryClient();
  const { list: staff } = useStaff();
  const accounts = useAccounts();
  const [form] = Form.useForm<Fields>();
  const account = Form.useWatch('account_id', form);
  const target = Form.useWatch('target', form);
  const make = useMutation({
    mutationFn: (v: Fields) => api.make({ staff_ids: v.staff_ids ?? [], account_id: v.account_id || undefined, target: v.target?.trim() || undefined, channel_id: v.channel_id || undefined }),
    onSuccess: async (made) => {
      void message.success(made.codes + made.links === 0 ? t('shares.nothingMade') : t('shares.made', { codes: made.codes, links: made.links }));
      onClose();
      await queryClient.invalidateQueries({ queryKey: ['shares'] });
    },
    onError: (e) => showFieldErrors(form, e),
  });
  return (
    <Modal open title={t('shares.make')} onCancel={onClose} okText={t('shares.makeNow')} okButtonProps={{ loading: make.isPending, disabled: !account && !target?.trim() }} onOk={form.submit}>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ staff_ids: [], account_id: accounts.list.length === 1 ? accounts.list[0]?.id : undefined, target: '', channel_id: '' }} onFinish={(v) => make.mutate(v)}>
        {make.isError && <ProblemView error={make.error} />}
        <Form.Item name="staff_ids" label={t('shares.who')} extra={t('shares.whoHelp')}>
          <Select mode="multiple" maxCount={200} showSearch={{ optionFilterProp: 'label' }} placeholder={t('shares.everybody')} options={staff.filter((s) => s.status === 'active').map((s) => ({ value: s.id, label: s.name }))} />
        </Form.Item>
        <Form.Item name="account_id" label={t('shares.account')} extra={t('shares.accountHelp')}>
          <Select allowClear placeholder={t('shares.noCodes')} options={accounts.list.map((a) => ({ value: a.id, label: a.name }))} notFoundContent={t('codeForm.noAccount')} />
        </Form.Item>
        <Form.Item name="target" label={t('shares.target')} extra={t('shares.targetHelp')}>
          <Input maxLength={2048} placeholder="https://" />
        </Form.Item>
        <Form.Item name="channel_id" label={t('catch.channel')}>
          <ChannelField />
        </Form.Item>
      </Form>
    </Modal>
  );
}
