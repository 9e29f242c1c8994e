import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { content, type MaterialBrief } from '../../api/content';
import { useFormat } from '../../app/useFormat';
import { KindIcon } from './KindIcon';

/** Until when a material can be sent, or why it cannot be. */
export function Validity({ material: m }: { material: Pick<MaterialBrief, 'expires_at' | 'expired' | 'deleted_at'> }) {
  const { t } = useTranslation();
  const f = useFormat();
  if (m.deleted_at) return <span className="fp-content-mark bad">{t('content.deleted')}</span>;
  if (m.expired) return <span className="fp-content-mark bad">{t('content.expired')}</span>;
  if (m.expires_at) return <span className="fp-content-mark">{t('content.expiresAt', { date: f.date(m.expires_at) })}</span>;
  return null;
}

/** The picture of a material, or the sign of its kind. */
export function Cover({ material: m }: { material: Pick<MaterialBrief, 'kind' | 'cover_id'> }) {
  return m.cover_id ? (
    <img className="fp-content-cover" src={content.fileAddress(m.cover_id)} alt="" loading="lazy" />
  ) : (
    <span className="fp-content-cover" aria-hidden="true">
      <KindIcon kind={m.kind} />
    </span>
  );
}

export function MaterialCard({ material: m, active, tools }: { material: MaterialBrief; active?: boolean; tools?: ReactNode }) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <li className={`fp-content-card${active ? ' active' : ''}`}>
      <Link to="/content/$materialId" params={{ materialId: m.id }} search={{}}>
        <Cover material={m} />
        <b>{m.title}</b>
        <span className="fp-muted fp-small words">{m.preview}</span>
      </Link>
      <span className="fp-card-line fp-small">
        <span className="fp-muted">
          {t(`content.kinds.${m.kind}`)} · {t('content.used')} <span className="fp-num">{f.number(m.used)}</span> · {t('content.opens')} <span className="fp-num">{f.number(m.opens)}</span>
        </span>
        {tools}
      </span>
      <Validity material={m} />
    </li>
  );
}
