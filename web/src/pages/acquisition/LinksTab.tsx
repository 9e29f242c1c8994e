import { EditOutlined, PlusOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { links as api, type Link } from '../../api/acquisition';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { ProblemView, showFieldErrors } from '../../ui/ProblemView';
import { ChannelSelect } from './ChannelSelect';
import { CopyText } from './CopyText';
import { PathText } from './PathText';
import { PosterDialog } from './PosterDialog';
import { QrDialog, QrThumb } from './QrDialog';
import { ThingList, ThingStatus } from './ThingList';
import { useEnding } from './useEnding';

/** Own links: short addresses that remember who came by them. */
export function LinksTab() {
  const { t } = useTranslation();
  const may = useMay();
  const f = useFormat();
  const write = may('acquisition.write');
  const [editing, setEditing] = useState<Link | 'new'>();
  const [looking, setLooking] = useState<Link>();
  const [poster, setPoster] = useState<Link>();
  const end = useEnding('links', api.update);
  const actions = (l: Link) =>
    write && (
      <span className="fp-row-actions">
        <Button size="small" onClick={() => setPoster(l)}>
          {t('poster.make')}
        </Button>
        <Button size="small" icon={<EditOutlined />} aria-label={t('catch.editOf', { name: l.name })} onClick={() => setEditing(l)} />
        <Button size="small" onClick={() => end(l)}>
          {t(l.status === 'active' ? 'catch.end' : 'catch.resume')}
        </Button>
      </span>
    );
  return (
    <>
      <ThingList<Link>
        kind="links"
        read={api.list}
        create={
          write && (
            <Button type="primary" icon={<PlusOutlined />} onClick={() => setEditing('new')}>
              {t('links.create')}
            </Button>
          )
        }
        columns={[
          { key: 'qr', title: <span className="fp-hidden">{t('qr.picture')}</span>, width: 58, render: (_, l) => <QrThumb kind="links" id={l.id} name={l.name} onClick={() => setLooking(l)} /> },
          {
            key: 'name',
            title: t('links.name'),
            render: (_, l) => (
              <>
                <b>{l.name}</b> {l.status === 'ended' && <ThingStatus status={l.status} />}
                <CopyText text={l.url} />
                <div className="fp-muted fp-small fp-break">→ {l.target}</div>
              </>
            ),
          },
          { key: 'channel', title: t('catch.channel'), width: 210, render: (_, l) => <PathText path={l.channel_path} /> },
          { key: 'views', title: t('links.views'), width: 90, align: 'right', render: (_, l) => <span className="fp-num">{f.number(l.views)}</span> },
          { key: 'actions', title: <span className="fp-hidden">{t('common.actions')}</span>, width: write ? 200 : 1, align: 'right', render: (_, l) => actions(l) },
        ]}
        card={(l) => (
          <>
            <span className="fp-card-line">
              <b>{l.name}</b>
              <ThingStatus status={l.status} />
            </span>
            <CopyText text={l.url} />
            <span className="fp-small">
              <PathText path={l.channel_path} />
            </span>
            <span className="fp-small fp-muted">{t('links.viewCount', { count: l.views, number: f.number(l.views) })}</span>
            {actions(l)}
          </>
        )}
      />
      {editing && <LinkDialog link={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} />}
      {looking && <QrDialog kind="links" id={looking.id} name={looking.name} url={looking.url} onClose={() => setLooking(undefined)} />}
      {poster && <PosterDialog kind="links" id={poster.id} name={poster.name} onClose={() => setPoster(undefined)} />}
    </>
  );
}

interface Fields {
  name: string;
  target: string;
  channel_id?: string;
  params: string;
}

/** "utm_source=xhs", one a line, as a map; undefined when a line is none. */
export function paramsOf(text: string): Record<string, string> | undefined {
  const out: Record<string, string> = {};
  for (const line of text.split('\n').map((l) => l.trim())) {
    if (line === '') continue;
    const at = line.indexOf('=');
    if (at < 1) return undefined;
    out[line.slice(0, at).trim()] = line.slice(at + 1).trim();
  }
  return out;
}

function LinkDialog({ link, onClose }: { link?: Link; onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [form] = Form.useForm<Fields>();
  const save = useMutation({
    mutationFn: (v: Fields) => {
      const body = { name: v.name.trim(), target: v.target.trim(), params: paramsOf(v.params ?? '') ?? {}, channel_id: v.channel_id ?? '' };
      return link ? api.update(link.id, { ...body, version: link.version }) : api.create(body);
    },
    onSuccess: async () => {
      onClose();
      await queryClient.invalidateQueries({ queryKey: ['links'] });
    },
    onError: (e) => showFieldErrors(form, e),
  });
  return (
    <Modal open title={link ? t('catch.editOf', { name: link.name }) : t('links.create')} onCancel={onClose} okText={link ? t('common.save') : t('common.create')} okButtonProps={{ loading: save.isPending }} onOk={form.submit}>
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{
          name: link?.name ?? '',
          target: link?.target ?? '',
          channel_id: link?.channel_id ?? '',
          params: Object.entries(link?.params ?? {})
            .map(([k, v]) => `${k}=${v}`)
            .join('\n'),
        }}
        onFinish={(v) => save.mutate(v)}
      >
        {save.isError && <ProblemView error={save.error} />}
        <Form.Item name="name" label={t('links.name')} rules={[{ required: true, whitespace: true, message: t('field.required') }]}>
          <Input autoFocus maxLength={60} />
        </Form.Item>
        <Form.Item name="target" label={t('links.target')} extra={link ? t('links.targetChange') : t('links.targetHelp')} rules={[{ required: true, whitespace: true, message: t('field.required') }]}>
          <Input maxLength={2048} placeholder="https://" />
        </Form.Item>
        <Form.Item name="channel_id" label={t('catch.channel')}>
          <ChannelField />
        </Form.Item>
        <Form.Item
          name="params"
          label={t('links.params')}
          extra={t('links.paramsHelp')}
          rules={[{ validator: (_, v: string) => (paramsOf(v ?? '') ? Promise.resolve() : Promise.reject(new Error(t('links.paramsWrong')))) }]}
        >
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} placeholder={'utm_source=xiaohongshu\nutm_campaign=spring'} maxLength={4000} />
        </Form.Item>
      </Form>
    </Modal>
  );
}

/** A channel as a field of a form. */
export function ChannelField({ value, onChange, id }: { value?: string; onChange?: (id: string) => void; id?: string }) {
  const { t } = useTranslation();
  return <ChannelSelect id={id} className="fp-full" value={value} onChange={(v) => onChange?.(v)} label={t('catch.channel')} placeholder={t('catch.chooseChannel')} />;
}
