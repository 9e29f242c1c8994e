import { ArrowDownOutlined, ArrowUpOutlined, CloseOutlined, DeleteOutlined, EditOutlined, PlusOutlined, RadarChartOutlined, UndoOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, DatePicker, Drawer, Form, Input, Modal, Select } from 'antd';
import dayjs, { type Dayjs } from 'dayjs';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { content, type Briefcase, type MaterialBrief } from '../../api/content';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { ProblemView, showFieldErrors, useNotifyProblem } from '../../ui/ProblemView';
import { useSettled } from '../../ui/useSettled';
import { KindIcon } from './KindIcon';
import { Validity } from './MaterialCard';
import { RadarLinks } from './RadarLinks';
import { useRemove } from './useLibrary';

export function BriefcasesTab({ open, onOpen }: { open: string; onOpen: (id: string) => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const write = may('content.write');
  const [q, setQ] = useState('');
  const [state, setState] = useState('');
  const [cursors, setCursors] = useState<string[]>([]);
  const [edited, setEdited] = useState<Briefcase | 'new'>();
  const cursor = cursors.at(-1);
  const found = useQuery({
    queryKey: ['content', 'briefcases', q, state, cursor],
    queryFn: () => content.briefcases({ q: q || undefined, state: state ? (state as 'valid') : undefined, limit: 20, cursor }),
    placeholderData: (before) => before,
  });
  const remove = useRemove('briefcase');
  const restore = useMutation({ mutationFn: content.restoreBriefcase, onError: notify, onSuccess: () => queryClient.invalidateQueries({ queryKey: ['content'] }) });
  const items = found.data?.items ?? [];
  const shown = items.find((b) => b.id === open);
  const create = write && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setEdited('new')}>
      {t('content.briefcase.create')}
    </Button>
  );
  const filtered = q !== '' || state !== '';
  return (
    <>
      {found.isError ? (
        <ProblemView error={found.error} onRetry={() => void found.refetch()} />
      ) : found.isPending ? (
        <Loading rows={6} />
      ) : items.length === 0 && !filtered && cursors.length === 0 ? (
        <div className="fp-table-wrap">
          <EmptyState title={t('content.briefcase.emptyTitle')} text={t('content.briefcase.emptyText')} action={create} />
        </div>
      ) : (
        <>
          <div className="fp-toolbar">
            <Input.Search
              className="fp-grow"
              allowClear
              placeholder={t('content.search')}
              aria-label={t('content.search')}
              maxLength={60}
              onSearch={(text) => {
                setCursors([]);
                setQ(text.trim());
              }}
            />
            <Select
              value={state}
              aria-label={t('content.state')}
              style={{ minWidth: 110 }}
              onChange={(s) => {
                setCursors([]);
                setState(s);
              }}
              options={[{ value: '', label: t('content.allStates') }, ...['valid', 'expired', 'deleted'].map((s) => ({ value: s, label: t(`content.states.${s}`) }))]}
            />
            {create}
          </div>
          <div className="fp-table-wrap" aria-busy={found.isPlaceholderData}>
            {items.length === 0 ? (
              <EmptyState title={t('content.noneTitle')} text={t('content.noneText')} />
            ) : (
              <ul className="fp-content-lines wide">
                {items.map((b) => (
                  <li key={b.id}>
                    <span className="grow">
                      <KindIcon kind="briefcase" /> <b>{b.title}</b> <Validity material={b} />
                      <br />
                      <span className="fp-muted fp-small">
                        {t('content.briefcase.count', { count: b.items.length })} · {t('content.used')} {f.number(b.used)} · {t('content.opens')} {f.number(b.opens)} · {t('content.visitors')} {f.number(b.visitors)}
                      </span>
                    </span>
                    <Button size="small" icon={<RadarChartOutlined />} onClick={() => onOpen(b.id)}>
                      {t('content.links')}
                    </Button>
                    {write &&
                      (b.deleted_at ? (
                        <Button size="small" type="text" icon={<UndoOutlined />} aria-label={t('content.restoreOf', { name: b.title })} title={t('content.restore')} onClick={() => restore.mutate(b.id)} />
                      ) : (
                        <>
                          <Button size="small" type="text" icon={<EditOutlined />} aria-label={`${t('content.briefcase.edit')} ${b.title}`} title={t('content.briefcase.edit')} onClick={() => setEdited(b)} />
                          <Button size="small" type="text" icon={<DeleteOutlined />} aria-label={t('content.removeOf', { name: b.title })} title={t('common.delete')} onClick={() => remove.mutate(b)} />
                        </>
                      ))}
                  </li>
                ))}
              </ul>
            )}
            {(cursors.length > 0 || found.data?.next_cursor) && (
              <div className="fp-pager">
                <Button size="small" disabled={cursors.length === 0} onClick={() => setCursors((c) => c.slice(0, -1))}>
                  {t('common.previous')}
                </Button>
                <span className="fp-muted fp-num">{cursors.length + 1}</span>
                <Button size="small" disabled={!found.data?.next_cursor} onClick={() => setCursors((c) => [...c, found.data?.next_cursor ?? ''])}>
                  {t('common.next')}
                </Button>
              </div>
            )}
          </div>
        </>
      )}
      {edited && <Editor briefcase={edited === 'new' ? undefined : edited} onClose={() => setEdited(undefined)} />}
      <Drawer open={open !== ''} size="large" title={shown?.title ?? t('content.links')} onClose={() => onOpen('')} destroyOnHidden>
        {open && <RadarLinks briefcaseId={open} closed={shown?.expired || Boolean(shown?.deleted_at)} />}
      </Drawer>
    </>
  );
}

interface Values {
  title: string;
  intro: string;
  expires: Dayjs | null;
}

function Editor({ briefcase: b, onClose }: { briefcase?: Briefcase; onClose: () => void }) {
  const { t } = useTranslation();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const [form] = Form.useForm<Values>();
  const [items, setItems] = useState<MaterialBrief[]>(b?.items ?? []);
  const [text, setText] = useState('');
  const q = useSettled(text.trim(), 200);
  const found = useQuery({ queryKey: ['content', 'list', 'for-briefcase', q], queryFn: () => content.list({ q: q || undefined, state: 'valid', limit: 20 }) });
  const save = useMutation({
    mutationFn: (v: Values) => {
      const body = { title: v.title, intro: v.intro, material_ids: items.map((m) => m.id), expires_at: v.expires?.toISOString() };
      return b ? content.updateBriefcase(b.id, { ...body, revision: b.revision }) : content.createBriefcase(body);
    },
    onError: (error) => {
      if (!showFieldErrors(form, error)) notify(error);
    },
    onSuccess: async () => {
      onClose();
      await queryClient.invalidateQueries({ queryKey: ['content'] });
    },
  });
  const move = (i: number, by: number) =>
    setItems((was) => {
      const next = [...was];
      const [m] = next.splice(i, 1);
      if (m) next.splice(i + by, 0, m);
      return next;
    });
  return (
    <Modal
      open
      title={t(b ? 'content.briefcase.edit' : 'content.briefcase.create')}
      okText={t(b ? 'common.save' : 'common.create')}
      cancelText={t('common.cancel')}
      confirmLoading={save.isPending}
      okButtonProps={{ disabled: items.length === 0 }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form<Values> form={form} layout="vertical" requiredMark={false} initialValues={{ title: b?.title ?? '', intro: b?.intro ?? '', expires: b?.expires_at ? dayjs(b.expires_at) : null }} onFinish={(v) => save.mutate(v)}>
        <Form.Item name="title" label={t('content.briefcase.name')} rules={[{ required: true, whitespace: true, message: t('content.briefcase.name') }]}>
          <Input maxLength={100} />
        </Form.Item>
        <Form.Item name="intro" label={t('content.briefcase.intro')} extra={t('content.briefcase.introHelp')}>
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 5 }} maxLength={500} />
        </Form.Item>
        <Form.Item label={t('content.briefcase.materials')}>
          {items.length === 0 ? (
            <p className="fp-muted">{t('content.briefcase.none')}</p>
          ) : (
            <ol className="fp-content-lines">
              {items.map((m, i) => (
                <li key={m.id}>
                  <KindIcon kind={m.kind} />
                  <span className="grow">
                    {m.title} {m.deleted_at ? <span className="fp-content-mark bad">{t('content.briefcase.gone')}</span> : <Validity material={m} />}
                  </span>
                  <Button size="small" type="text" icon={<ArrowUpOutlined />} disabled={i === 0} aria-label={t('content.briefcase.up', { name: m.title })} onClick={() => move(i, -1)} />
                  <Button size="small" type="text" icon={<ArrowDownOutlined />} disabled={i === items.length - 1} aria-label={t('content.briefcase.down', { name: m.title })} onClick={() => move(i, 1)} />
                  <Button size="small" type="text" icon={<CloseOutlined />} aria-label={t('content.briefcase.take', { name: m.title })} onClick={() => setItems(items.filter((x) => x.id !== m.id))} />
                </li>
              ))}
            </ol>
          )}
          <Select
            style={{ width: '100%' }}
            value={null}
            aria-label={t('content.briefcase.add')}
            placeholder={t('content.briefcase.add')}
            disabled={items.length >= 30}
            showSearch={{ filterOption: false, searchValue: text, onSearch: setText }}
            onChange={(id: string | null) => {
              const m = found.data?.items.find((x) => x.id === id);
              if (m) setItems([...items, m]);
              setText('');
            }}
            options={(found.data?.items ?? []).filter((m) => !items.some((x) => x.id === m.id)).map((m) => ({ value: m.id, label: m.title }))}
          />
        </Form.Item>
        <Form.Item name="expires" label={t('content.expires')}>
          <DatePicker showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" placeholder={t('content.never')} style={{ width: '100%' }} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
