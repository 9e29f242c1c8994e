import { DeleteOutlined, DownloadOutlined, EditOutlined, PlusOutlined, UploadOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, AutoComplete, Button, Form, Input, Modal, Select } from 'antd';
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { quickReplies as api, type Part, type QuickReply, type Scope } from '../../../api/inbox';
import { asProblem } from '../../../api/problem';
import { useMay } from '../../../app/me';
import { DataTable } from '../../../ui/DataTable';
import { EmptyState } from '../../../ui/EmptyState';
import { Loading } from '../../../ui/Loading';
import { ProblemView, showFieldErrors, useNotifyProblem } from '../../../ui/ProblemView';
import { useUndo } from '../../../ui/useUndo';
import { safeUrl } from '../highlight';
import { wordsOf } from '../state/outbox';
import { download, fromCsv, toCsv } from '../../../lib/csv';
import { useAccountNames } from './useAccountNames';

const scopes: readonly Scope[] = ['personal', 'team', 'org'];
const key = ['inbox', 'quick', 'all'];
const variables = ['{{person.name}}', '{{staff.name}}', '{{org.account}}', '{{date}}'];

/** What staff have at hand: their own, their team's, everybody's. */
export function QuickTab() {
  const { t } = useTranslation();
  const { notification } = App.useApp();
  const notify = useNotifyProblem();
  const undo = useUndo();
  const may = useMay();
  const queryClient = useQueryClient();
  const accounts = useAccountNames();
  const all = useQuery({ queryKey: key, queryFn: api.all });
  const [q, setQ] = useState('');
  const wanted = useDeferredValue(q.trim().toLowerCase());
  const [editing, setEditing] = useState<Partial<QuickReply>>();
  const file = useRef<HTMLInputElement>(null);
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['inbox', 'quick'] });
  const canChange = (r: QuickReply) => (r.scope === 'personal' ? may('inbox.write') : may('inbox.settings'));
  const shown = useMemo(
    () =>
      (all.data?.items ?? [])
        .filter((r) => !wanted || `${r.folder ?? ''} ${r.title} ${wordsOf(r.parts)}`.toLowerCase().includes(wanted))
        .sort((a, b) => (a.folder ?? '').localeCompare(b.folder ?? '') || a.title.localeCompare(b.title)),
    [all.data, wanted],
  );
  const folders = useMemo(() => [...new Set((all.data?.items ?? []).map((r) => r.folder ?? '').filter(Boolean))].sort(), [all.data]);
  const remove = useMutation({
    mutationFn: (r: QuickReply) => api.remove(r.id),
    onError: notify,
    onSuccess: (_a, r) => {
      undo(`quick ${r.id}`, t('inbox.settings.quickRemoved', { name: r.title }), () => api.save({ ...r, id: '' }).then(refresh));
      return refresh();
    },
  });
  const take = useMutation({
    mutationFn: async (f: File) => {
      const [head = [], ...rows] = fromCsv(await f.text());
      const column = (...names: string[]) => head.findIndex((h) => names.includes(h.trim().toLowerCase()));
      const at = { folder: column('目录', 'folder'), title: column('标题', 'title'), text: column('内容', 'text'), scope: column('范围', 'scope', 'for') };
      if (at.title < 0 || at.text < 0) throw new Error(t('inbox.settings.importColumns'));
      const scopeOf = (v = ''): Scope => (may('inbox.settings') && (v === 'org' || v === t('inbox.settings.scope.org')) ? 'org' : 'personal');
      const failed: string[] = [];
      let done = 0;
      for (const [i, row] of rows.entries()) {
        try {
          await api.save({ id: '', used: 0, scope: scopeOf(row[at.scope]?.trim()), folder: row[at.folder]?.trim() || undefined, title: row[at.title]?.trim() ?? '', parts: [{ kind: 'text', text: row[at.text]?.trim() ?? '' }] });
          done++;
        } catch (error) {
          const p = asProblem(error);
          if (p.status === 0 || p.status >= 500) throw error;
          failed.push(t('inbox.settings.importRow', { row: i + 2, why: p.fields[0]?.message || p.detail }));
        }
      }
      return { done, failed };
    },
    onError: notify,
    onSuccess: ({ done, failed }) => {
      notification[failed.length ? 'warning' : 'success']({ title: t('inbox.settings.imported', { count: done }), description: failed.slice(0, 5).map((f) => <div key={f}>{f}</div>), duration: failed.length ? 0 : 5 });
      return refresh();
    },
  });
  const add = may('inbox.write') && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setEditing({ scope: may('inbox.settings') ? 'org' : 'personal' })}>
      {t('inbox.settings.addQuick')}
    </Button>
  );
  if (all.isError) return <ProblemView error={all.error} onRetry={() => void all.refetch()} />;
  if (all.isPending) return <Loading rows={6} />;
  return (
    <div className="fp-stack">
      <div className="fp-toolbar">
        <Input className="fp-grow" allowClear value={q} placeholder={t('common.search')} aria-label={t('common.search')} onChange={(e) => setQ(e.target.value)} />
        <span className="fp-end">
          <input
            ref={file}
            type="file"
            hidden
            accept=".csv,text/csv"
            aria-label={t('inbox.settings.import')}
            onChange={(e) => {
              const f = e.target.files?.[0];
              e.target.value = '';
              if (f) take.mutate(f);
            }}
          />
          <Button icon={<UploadOutlined />} loading={take.isPending} title={t('inbox.settings.importHelp')} onClick={() => file.current?.click()}>
            {t('inbox.settings.import')}
          </Button>
          <Button
            icon={<DownloadOutlined />}
            onClick={() =>
              download(
                'quick-replies.csv',
                toCsv([[t('inbox.settings.folder'), t('inbox.settings.quickTitle'), t('inbox.settings.text'), t('inbox.settings.scopeLabel')], ...shown.map((r) => [r.folder ?? '', r.title, wordsOf(r.parts.filter((p) => p.kind === 'text')), t(`inbox.settings.scope.${r.scope}`)])]),
              )
            }
          >
            {t('inbox.settings.export')}
          </Button>
          {add}
        </span>
      </div>
      <div className="fp-table-wrap">
        <DataTable<QuickReply>
          label={t('inbox.settings.quick')}
          minWidth={720}
          rowKey="id"
          dataSource={shown}
          locale={{ emptyText: <EmptyState title={t(q ? 'inbox.noQuick' : 'inbox.settings.noQuick')} text={q ? undefined : t('inbox.settings.noQuickText')} action={!q && add} /> }}
          columns={[
            { title: t('inbox.settings.folder'), dataIndex: 'folder', width: 120, render: (v?: string) => <bdi className="fp-break">{v}</bdi> },
            { title: t('inbox.settings.quickTitle'), dataIndex: 'title', width: 180, render: (v: string) => <bdi className="fp-break">{v}</bdi> },
            { title: t('inbox.settings.text'), render: (_v, r) => <bdi className="fp-break fp-inbox-quicktext">{wordsOf(r.parts)}</bdi> },
            { title: t('inbox.settings.scopeLabel'), width: 130, render: (_v, r) => (r.scope === 'team' ? accounts.nameOf(r.account_id ?? '') : t(`inbox.settings.scope.${r.scope}`)) },
            { title: t('inbox.settings.used'), dataIndex: 'used', width: 80, align: 'right' },
            {
              title: t('common.actions'),
              width: 90,
              render: (_v, r) =>
                canChange(r) && (
                  <span className="fp-page-extra">
                    <Button size="small" type="text" icon={<EditOutlined />} aria-label={t('inbox.settings.editOf', { name: r.title })} onClick={() => setEditing(r)} />
                    <Button size="small" type="text" icon={<DeleteOutlined />} aria-label={t('inbox.settings.removeOf', { name: r.title })} onClick={() => remove.mutate(r)} />
                  </span>
                ),
            },
          ]}
        />
      </div>
      <QuickDialog quick={editing} folders={folders} shared={may('inbox.settings')} onClose={() => setEditing(undefined)} onSaved={refresh} />
    </div>
  );
}

interface Fields {
  scope: Scope;
  account_id?: string;
  folder?: string;
  title: string;
  text: string;
  link_title?: string;
  link_url?: string;
}

function QuickDialog({ quick, folders, shared, onClose, onSaved }: { quick: Partial<QuickReply> | undefined; folders: string[]; shared: boolean; onClose: () => void; onSaved: () => Promise<unknown> }) {
  const { t } = useTranslation();
  const notify = useNotifyProblem();
  const accounts = useAccountNames();
  const [form] = Form.useForm<Fields>();
  const scope = Form.useWatch('scope', form);
  useEffect(() => {
    if (!quick) return;
    const link = quick.parts?.find((p) => p.kind === 'link');
    form.resetFields();
    form.setFieldsValue({ scope: quick.scope ?? 'personal', account_id: quick.account_id, folder: quick.folder, title: quick.title, text: wordsOf((quick.parts ?? []).filter((p) => p.kind === 'text')), link_title: link?.title, link_url: link?.url });
  }, [quick, form]);
  const save = useMutation({
    mutationFn: (v: Fields) => {
      const had = quick?.parts?.find((p) => p.kind === 'link');
      const link: Part[] = v.link_url?.trim() ? [{ ...had, kind: 'link', url: v.link_url.trim(), title: v.link_title?.trim() || v.link_url.trim().slice(0, 128) }] : [];
      const others = (quick?.parts ?? []).filter((p) => p.kind !== 'text' && p !== had);
      return api.save({ id: quick?.id ?? '', used: 0, scope: v.scope, account_id: v.scope === 'team' ? v.account_id : undefined, folder: v.folder?.trim() || undefined, title: v.title.trim(), parts: [...(v.text?.trim() ? [{ kind: 'text', text: v.text.trim() }] : []), ...link, ...others] });
    },
    onError: (error) => {
      if (!showFieldErrors(form, error)) notify(error);
    },
    onSuccess: async () => {
      onClose();
      await onSaved();
    },
  });
  return (
    <Modal open={quick !== undefined} title={quick?.id ? t('inbox.settings.editQuick') : t('inbox.settings.addQuick')} onCancel={onClose} okText={t('common.save')} okButtonProps={{ loading: save.isPending }} onOk={form.submit} width={560} destroyOnHidden>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(v) => save.mutate(v)}>
        <div className="fp-two">
          <Form.Item name="scope" label={t('inbox.settings.scopeLabel')}>
            <Select options={scopes.filter((s) => shared || s === 'personal').map((s) => ({ value: s, label: t(`inbox.settings.scope.${s}`) }))} />
          </Form.Item>
          {scope === 'team' ? (
            <Form.Item name="account_id" label={t('inbox.settings.teamOf')} rules={[{ required: true, message: t('field.required') }]}>
              <Select options={accounts.options} />
            </Form.Item>
          ) : (
            <Form.Item name="folder" label={t('inbox.settings.folder')}>
              <AutoComplete options={folders.map((f) => ({ value: f }))} maxLength={100} />
            </Form.Item>
          )}
        </div>
        <Form.Item name="title" label={t('inbox.settings.quickTitle')} extra={t('inbox.settings.titleHelp')} rules={[{ required: true, whitespace: true, message: t('field.required') }]}>
          <Input maxLength={100} />
        </Form.Item>
        <Form.Item name="text" label={t('inbox.settings.text')} extra={`${t('inbox.settings.variables')} ${variables.join('  ')}`}>
          <Input.TextArea autoSize={{ minRows: 4, maxRows: 12 }} maxLength={8000} />
        </Form.Item>
        <div className="fp-two">
          <Form.Item name="link_title" label={t('inbox.settings.linkTitle')}>
            <Input maxLength={128} />
          </Form.Item>
          <Form.Item name="link_url" label={t('inbox.linkUrl')} rules={[{ validator: (_r, v?: string) => (!v?.trim() || safeUrl(v.trim()) ? Promise.resolve() : Promise.reject(new Error(t('inbox.linkWrong')))) }]}>
            <Input maxLength={2048} placeholder="https://" />
          </Form.Item>
        </div>
      </Form>
    </Modal>
  );
}
