import { Tag as AntTag, Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Stage, TagBrief } from '../api/types';
import { usePreferences } from '../app/preferences';
import { stageColors } from '../app/theme';
import { useFormat } from '../app/useFormat';

/** A moment, said relative to now; the exact one, with its zone, on hover. */
export function TimeText({ at, exact = false }: { at?: string | null; exact?: boolean }) {
  const f = useFormat();
  if (!at) return <span className="fp-muted">—</span>;
  const full = `${f.dateTime(at)} (${f.timeZone})`;
  return (
    <Tooltip title={full}>
      <time dateTime={at}>{exact ? f.dateTime(at) : f.relative(at)}</time>
    </Tooltip>
  );
}

/** A calendar day in the org's zone. */
export function DayText({ at }: { at?: string | null }) {
  const f = useFormat();
  if (!at) return <span className="fp-muted">—</span>;
  return (
    <Tooltip title={`${f.dateTime(at)} (${f.timeZone})`}>
      <time dateTime={at}>{f.date(at)}</time>
    </Tooltip>
  );
}

export function MoneyText({ minor, currency }: { minor: number; currency?: string }) {
  const f = useFormat();
  return <span className="fp-num">{f.money(minor, currency)}</span>;
}

export function StageDot({ stage }: { stage: Stage }) {
  const { look } = usePreferences();
  return <i className="fp-dot" style={{ background: stageColors[stage]?.[look] }} aria-hidden="true" />;
}

export function StageTag({ stage }: { stage: Stage }) {
  const { t } = useTranslation();
  return (
    <span className="fp-stage">
      <StageDot stage={stage} />
      {t(`stage.${stage}`, { defaultValue: stage })}
    </span>
  );
}

/** A label that staff gave. The name is theirs; the colour is only a help. */
export function TagChip({ tag, onClose }: { tag: TagBrief; onClose?: () => void }) {
  const { t } = useTranslation();
  return (
    <AntTag
      className="fp-tag"
      variant="filled"
      closable={Boolean(onClose)}
      closeIcon={onClose ? <span aria-label={t('customer.removeTag', { name: tag.name })}>×</span> : undefined}
      onClose={(e) => {
        e.preventDefault();
        onClose?.();
      }}
    >
      <i className="fp-dot" style={{ background: tag.color || 'currentColor' }} aria-hidden="true" />
      {tag.name}
    </AntTag>
  );
}
