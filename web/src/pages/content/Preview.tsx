import { useTranslation } from 'react-i18next';
import { content, type MaterialBody, type MaterialKind, type StoredFile } from '../../api/content';
import { useFormat } from '../../app/useFormat';

/** About what customers see of a material; html comes from the server, which has cleaned it. */
export function Preview({ kind, title, body, file, live }: { kind: MaterialKind; title: string; body: MaterialBody; file?: StoredFile | null; live?: boolean }) {
  const { t } = useTranslation();
  const f = useFormat();
  const shown = body.text || body.summary || body.file_id || body.html || body.url || body.app_id;
  return (
    <section className="fp-content-preview" aria-label={t('content.preview')}>
      <b className="fp-muted fp-small">{t('content.preview')}</b>
      <div className="phone">
        <h3>{title || '—'}</h3>
        {body.cover_id && kind !== 'video' && <img src={content.fileAddress(body.cover_id)} alt="" />}
        {kind === 'picture' && body.file_id && <img src={content.fileAddress(body.file_id)} alt={title} />}
        {kind === 'video' && body.file_id && <video src={content.fileAddress(body.file_id)} poster={body.cover_id ? content.fileAddress(body.cover_id) : undefined} controls preload="metadata" aria-label={title} />}
        {(body.text || body.summary) && <p className="pre">{body.text || body.summary}</p>}
        {kind === 'article' && body.html && (live ? <p className="fp-muted">{body.html.replace(/<[^>]+>/g, ' ').slice(0, 300)}</p> : <div className="rich" dangerouslySetInnerHTML={{ __html: body.html }} />)}
        {kind === 'file' && file && (
          <p className="fp-muted fp-small">
            {file.name} · {f.bytes(file.bytes)}
          </p>
        )}
        {(kind === 'link' || kind === 'mini_program') && body.url && <p className="fp-muted fp-small fp-break">{body.url}</p>}
        {kind === 'mini_program' && body.app_id && (
          <p className="fp-muted fp-small fp-break">
            {body.app_id} {body.page}
          </p>
        )}
        {!shown && <p className="fp-muted">{t('content.previewEmpty')}</p>}
      </div>
    </section>
  );
}
