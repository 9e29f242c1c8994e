import { Button } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

/** A place in a list that is read page by page; it goes back to the start when what is listed changes. */
export function useCursors(what: string) {
  const [cursors, setCursors] = useState<string[]>([]);
  useEffect(() => setCursors([]), [what]);
  return {
    cursor: cursors.at(-1),
    page: cursors.length + 1,
    next: (cursor: string) => setCursors((all) => [...all, cursor]),
    previous: () => setCursors((all) => all.slice(0, -1)),
  };
}

interface Props {
  at: ReturnType<typeof useCursors>;
  size: number;
  rows: number;
  next?: string;
}

export function Pager({ at, size, rows, next }: Props) {
  const { t } = useTranslation();
  if (at.page === 1 && !next) return null;
  return (
    <div className="fp-table-foot">
      <span className="fp-muted fp-num" aria-live="polite">
        {rows > 0 && t('carriers.rows', { from: (at.page - 1) * size + 1, to: (at.page - 1) * size + rows })}
      </span>
      <span className="fp-page-extra">
        <Button size="small" disabled={at.page === 1} onClick={at.previous}>
          {t('common.previous')}
        </Button>
        <Button size="small" disabled={!next} onClick={() => next && at.next(next)}>
          {t('common.next')}
        </Button>
      </span>
    </div>
  );
}
