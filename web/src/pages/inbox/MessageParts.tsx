import { AppstoreOutlined, AudioOutlined, EnvironmentOutlined, FileOutlined, LinkOutlined, PictureOutlined, VideoCameraOutlined, WarningOutlined } from '@ant-design/icons';
import { Image } from 'antd';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { media, type Attachment, type Message, type Part } from '../../api/inbox';
import { useFormat } from '../../app/useFormat';
import { Words } from './Highlighted';
import { safeUrl } from './highlight';

const icons: Record<string, ReactNode> = {
  image: <PictureOutlined />,
  voice: <AudioOutlined />,
  video: <VideoCameraOutlined />,
  file: <FileOutlined />,
  location: <EnvironmentOutlined />,
  link: <LinkOutlined />,
  mini_program: <AppstoreOutlined />,
};

/** A line about something that is not text: its sign, what it is, where it leads. */
function Thing({ kind, title, note, href, download, missing }: { kind: string; title: string; note?: string; href?: string; download?: boolean; missing?: string }) {
  const inside = (
    <>
      <span className="fp-inbox-thing-icon" aria-hidden="true">
        {missing ? <WarningOutlined /> : (icons[kind] ?? <FileOutlined />)}
      </span>
      <span>
        <bdi>{title}</bdi>
        {note && <small className="fp-muted">{note}</small>}
      </span>
    </>
  );
  return href ? (
    <a className="fp-inbox-thing" href={href} target="_blank" rel="noopener noreferrer nofollow" download={download || undefined} data-thing={kind}>
      {inside}
    </a>
  ) : (
    <span className="fp-inbox-thing" data-thing={kind}>
      {inside}
    </span>
  );
}

/** A picture that the server has checked; one that cannot be shown is said in words. */
function Picture({ src, title, bytes }: { src: string; title: string; bytes?: string }) {
  const { t } = useTranslation();
  const [broken, setBroken] = useState(false);
  if (broken) return <Thing kind="image" title={title || t('inbox.type.image')} note={t('inbox.noPreview')} href={src} />;
  return (
    <figure className="fp-inbox-picture">
      <Image src={src} alt={title || t('inbox.type.image')} onError={() => setBroken(true)} preview={{ mask: false }} />
      {bytes && <figcaption className="fp-muted fp-small">{bytes}</figcaption>}
    </figure>
  );
}

/** The media types that a browser shows without running anything in them. */
const drawn = /^image\/(png|jpeg|gif|webp|bmp)$/;

function Attached({ attachment: a }: { attachment: Attachment }) {
  const { t } = useTranslation();
  const f = useFormat();
  const kind = t(`inbox.type.${a.kind}`, { defaultValue: t('inbox.type.other') });
  const title = a.title || a.name || kind;
  const size = a.bytes ? f.bytes(a.bytes) : '';
  if (a.missing) return <Thing kind={a.kind} title={title} note={t(`inbox.missing.${a.missing}`, { defaultValue: t('inbox.missing.other') })} missing={a.missing} />;
  const src = a.media_id ? media.address(a.media_id) : undefined;
  if (src && a.kind === 'image' && (!a.type || drawn.test(a.type))) return <Picture src={src} title={a.title || a.name || ''} />;
  if (src && a.kind === 'voice' && a.type?.startsWith('audio/')) return <audio controls preload="none" src={src} aria-label={title} />;
  if (src && a.kind === 'video' && a.type?.startsWith('video/')) return <video controls preload="none" src={src} aria-label={title} className="fp-inbox-video" />;
  if (src) return <Thing kind={a.kind} title={title} note={[a.title || a.name ? kind : '', size].filter(Boolean).join(' · ')} href={src} download />;
  const url = safeUrl(a.url);
  if (a.kind === 'location' && a.url?.startsWith('geo:')) return <Thing kind="location" title={title} note={a.url.slice(4)} />;
  return <Thing kind={a.kind} title={title} note={url ? new URL(url).host : title === kind ? t('inbox.seeThere') : kind} href={url} />;
}

function PartView({ part: p }: { part: Part }) {
  const { t } = useTranslation();
  const url = safeUrl(p.url);
  switch (p.kind) {
    case 'text':
      return <Words text={p.text ?? ''} />;
    case 'image':
      if (p.media_id) return <Picture src={media.address(p.media_id)} title={p.title ?? ''} />;
      // A picture of another site is not fetched by merely looking: that site would know.
      return <Thing kind="image" title={p.title || t('inbox.type.image')} note={safeUrl(p.pic_url) && new URL(p.pic_url!).host} href={safeUrl(p.pic_url)} />;
    case 'link':
      return <Thing kind="link" title={p.title || p.url || ''} note={[p.text, url && new URL(url).host].filter(Boolean).join(' · ')} href={url} />;
    case 'mini_program':
      return <Thing kind="mini_program" title={p.title || t('inbox.type.mini_program')} note={p.app_id} />;
    default:
      return <Thing kind={p.kind} title={p.title || p.text || t('inbox.type.other')} note={t(`inbox.type.${p.kind}`, { defaultValue: t('inbox.type.other') })} href={p.media_id ? media.address(p.media_id) : url} />;
  }
}

/** What a message consists of. Nothing in it is ever run: not its text, not its files. */
export function MessageBody({ message: m, words }: { message: Message; words?: string }) {
  const { t } = useTranslation();
  const f = useFormat();
  const attachments = m.attachments ?? [];
  const parts = m.parts ?? [];
  if (m.type === 'flood') return <span className="fp-muted">{t('inbox.flood', { count: m.collapsed })}</span>;
  return (
    <>
      {parts.length > 0 ? parts.map((p, i) => (p.kind === 'text' ? <Words key={i} text={p.text ?? ''} words={words} /> : <PartView key={i} part={p} />)) : m.text && <Words text={m.text} words={words} />}
      {attachments.map((a, i) => (
        <Attached key={a.media_id || i} attachment={a} />
      ))}
      {parts.length === 0 && attachments.length === 0 && m.type !== 'text' && (!m.text || m.type !== 'event') && (
        <Thing kind={m.type} title={t(`inbox.type.${m.type}`, { defaultValue: t('inbox.type.other') })} note={m.text ? undefined : t('inbox.seeThere')} />
      )}
      {m.cut && <small className="fp-muted">{t('inbox.cut', { size: f.bytes(m.text.length) })}</small>}
    </>
  );
}
