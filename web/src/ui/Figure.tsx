import { TeamOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Popover } from 'antd';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { measure } from '../api/measure';
import { useFormat } from '../app/useFormat';
import './figure.css';

/** Where the people behind a figure are listed. */
export interface PeopleLink {
  to: string;
  search?: Record<string, unknown>;
}

interface Props {
  /** The key of its definition, as overview.gmv_minor: docs/figures.md lists them. */
  of: string;
  /** What is shown; a dash for what cannot be said. */
  value: ReactNode;
  /** The time that it is about, whole months or days. */
  period?: { from: string; to: string; time_zone: string };
  /** Up to when events are counted, or when it was worked out; null when nothing was. */
  countedTo?: string | null;
  people?: PeopleLink;
  /** More that is true of this very number, such as why it cannot be said. */
  note?: ReactNode;
  className?: string;
}

/** All definitions, read once. */
export function useDefinitions() {
  return useQuery({ queryKey: ['definitions'], queryFn: measure.definitions, staleTime: Infinity });
}

/** A number that says on hover, focus or tap what it means, of what time it is, and who is behind it. */
export function Figure({ of, value, period, countedTo, people, note, className }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const [open, setOpen] = useState(false);
  const all = useDefinitions();
  const def = all.data?.items?.find((d) => d.key === of);
  const text = (
    <div className="fp-figure-text" data-figure-text={of}>
      <p>{def ? def.formula : all.isError ? t('figure.unknown') : t('figure.loading')}</p>
      <dl>
        {def && (
          <>
            <dt>{t('figure.period')}</dt>
            <dd>
              {def.period}
              {period && <div className="fp-num">{t('figure.span', { from: period.from, to: period.to })}</div>}
            </dd>
          </>
        )}
        <dt>{t('figure.zone')}</dt>
        <dd>{period?.time_zone ?? f.timeZone}</dd>
        {countedTo !== undefined && (
          <>
            <dt>{t('figure.fresh')}</dt>
            <dd className="fp-num">{countedTo ? f.dateTime(countedTo) : t('figure.nothing')}</dd>
          </>
        )}
        {def && def.unit !== 'minor' && (
          <>
            <dt>{t('figure.unit')}</dt>
            <dd>{def.unit_name}</dd>
          </>
        )}
      </dl>
      {note && <p className="fp-muted">{note}</p>}
      {people && (
        <Link to={people.to} search={people.search as never} tabIndex={-1}>
          {t('figure.people')}
        </Link>
      )}
    </div>
  );
  const name = def?.name ?? '';
  return (
    <span className={`fp-figure ${className ?? ''}`} data-figure={of}>
      <Popover content={text} title={name} open={open} onOpenChange={setOpen} trigger={['hover', 'focus']} mouseEnterDelay={0.25} destroyOnHidden>
        <button type="button" className="fp-figure-value fp-num" onClick={() => setOpen(true)} onKeyDown={(e) => e.key === 'Escape' && setOpen(false)}>
          {value}
        </button>
      </Popover>
      {people && (
        <Link to={people.to} search={people.search as never} className="fp-figure-people" aria-label={t('figure.peopleOf', { name })} title={t('figure.people')}>
          <TeamOutlined />
        </Link>
      )}
    </span>
  );
}
