import { CloseOutlined, FolderOpenOutlined, LinkOutlined, PictureOutlined, VideoCameraOutlined } from '@ant-design/icons';
import { Button, Input, Modal, Space } from 'antd';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { BroadcastKind, BroadcastPart } from '../../api/broadcasts';
import { media } from '../../api/inbox';
import { Field } from '../../ui/Field';
import { useNotifyProblem } from '../../ui/ProblemView';
import { MaterialPicker } from '../content/MaterialPicker';
import { roomFor } from './draft';

interface Props {
  kind: BroadcastKind;
  text: string;
  parts: BroadcastPart[];
  readOnly: boolean;
  onText: (text: string) => void;
  onParts: (parts: BroadcastPart[]) => void;
}

/** What a broadcast says: a text, and what goes with it. */
export function PartsEditor({ kind, text, parts, readOnly, onText, onParts }: Props) {
  const { t } = useTranslation();
  const notify = useNotifyProblem();
  const [picking, setPicking] = useState(false);
  const [linking, setLinking] = useState(false);
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const room = roomFor(kind, parts);
  const fits = (k: BroadcastPart['kind']) => room.kinds.includes(k) && parts.length < room.most;
  const add = (more: BroadcastPart[]) => onParts([...parts, ...more].slice(0, 9));
  const upload = async (files: FileList | null) => {
    setBusy(true);
    try {
      const made: BroadcastPart[] = [];
      for (const file of [...(files ?? [])].slice(0, room.most - parts.length)) {
        const m = await media.upload(file);
        const of = m.kind === 'image' || m.kind === 'video' ? m.kind : 'file';
        if (kind === 'moment' && of === 'file') continue;
        made.push({ kind: of, media_id: m.id, title: m.name });
      }
      add(made);
    } catch (error) {
      notify(error);
    } finally {
      setBusy(false);
      if (input.current) input.current.value = '';
    }
  };
  return (
    <>
      <Field label={t('broadcasts.text')} help={t(`broadcasts.textHelp.${kind}`)}>
        {(id) => <Input.TextArea id={id} value={text} disabled={readOnly} maxLength={kind === 'moment' ? 2000 : 1300} showCount autoSize={{ minRows: 4, maxRows: 14 }} onChange={(e) => onText(e.target.value)} />}
      </Field>
      {parts.length > 0 && (
        <ul className="fp-broadcast-parts" aria-label={t('broadcasts.attachments')}>
          {parts.map((p, i) => (
            <li key={`${p.kind}${p.media_id ?? p.url ?? ''}${i}`}>
              <PartView part={p} />
              {!readOnly && <Button size="small" type="text" icon={<CloseOutlined />} aria-label={t('broadcasts.removePart', { n: i + 1 })} onClick={() => onParts(parts.filter((_, at) => at !== i))} />}
            </li>
          ))}
        </ul>
      )}
      {!readOnly && (
        <>
          <input ref={input} type="file" hidden multiple accept={kind === 'moment' ? 'image/png,image/jpeg,video/mp4' : undefined} aria-label={t('broadcasts.upload')} onChange={(e) => void upload(e.target.files)} />
          <Space wrap>
            <Button icon={fits('video') && !fits('image') ? <VideoCameraOutlined /> : <PictureOutlined />} loading={busy} disabled={!fits('image') && !fits('video')} onClick={() => input.current?.click()}>
              {t('broadcasts.upload')}
            </Button>
            <Button icon={<LinkOutlined />} disabled={!fits('link')} onClick={() => setLinking(true)}>
              {t('broadcasts.addLink')}
            </Button>
            {kind === 'group' && (
              <Button icon={<FolderOpenOutlined />} disabled={parts.length >= room.most} onClick={() => setPicking(true)}>
                {t('broadcasts.fromLibrary')}
              </Button>
            )}
          </Space>
        </>
      )}
      {picking && (
        <MaterialPicker
          open
          onClose={() => setPicking(false)}
          onPick={(m) => {
            setPicking(false);
            const words = m.parts.filter((p) => p.kind === 'text').map((p) => p.text ?? '');
            if (words.length > 0) onText([text, ...words].filter(Boolean).join('\n'));
            add(m.parts.filter((p) => p.kind !== 'text') as BroadcastPart[]);
          }}
        />
      )}
      {linking && <LinkDialog cover={kind === 'moment'} onClose={() => setLinking(false)} onDone={(p) => add([p])} />}
    </>
  );
}

/** One thing that goes with a text. */
export function PartView({ part: p }: { part: BroadcastPart }) {
  const { t } = useTranslation();
  return (
    <>
      {p.kind === 'image' && p.media_id?.startsWith('med_') && <img src={media.address(p.media_id)} alt={p.title ?? ''} />}
      <span className="grow">
        {p.kind === 'text' ? p.text : <b>{p.title || t(`broadcasts.parts.${p.kind}`)}</b>}
        {p.url && <div className="fp-muted fp-small">{p.url}</div>}
        {p.kind !== 'text' && p.text && <div className="fp-muted fp-small">{p.text}</div>}
        {p.kind !== 'text' && <div className="fp-muted fp-small">{t(`broadcasts.parts.${p.kind}`)}</div>}
      </span>
    </>
  );
}

function LinkDialog({ cover, onClose, onDone }: { cover: boolean; onClose: () => void; onDone: (p: BroadcastPart) => void }) {
  const { t } = useTranslation();
  const notify = useNotifyProblem();
  const [title, setTitle] = useState('');
  const [url, setUrl] = useState('');
  const [picture, setPicture] = useState<{ id: string; name: string }>();
  const ready = title.trim() !== '' && /^https?:\/\/\S+$/.test(url.trim()) && (!cover || picture !== undefined);
  return (
    <Modal
      open
      title={t('broadcasts.addLink')}
      okButtonProps={{ disabled: !ready }}
      onCancel={onClose}
      onOk={() => {
        onDone({ kind: 'link', title: title.trim(), url: url.trim(), ...(picture ? { media_id: picture.id } : {}) });
        onClose();
      }}
    >
      <Field label={t('broadcasts.linkTitle')}>{(id) => <Input id={id} value={title} maxLength={cover ? 20 : 40} onChange={(e) => setTitle(e.target.value)} />}</Field>
      <Field label={t('broadcasts.linkUrl')}>{(id) => <Input id={id} value={url} placeholder="https://" maxLength={2048} onChange={(e) => setUrl(e.target.value)} />}</Field>
      {cover && (
        <Field label={t('broadcasts.cover')} help={picture?.name ?? t('broadcasts.coverHelp')}>
          {(id) => (
            <input
              id={id}
              type="file"
              accept="image/png,image/jpeg"
              onChange={(e) => {
                const file = e.target.files?.[0];
                if (file) media.upload(file).then((m) => setPicture({ id: m.id, name: m.name }), notify);
              }}
            />
          )}
        </Field>
      )}
    </Modal>
  );
}
