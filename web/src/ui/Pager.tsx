import { Button } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Pages } from './usePages';

interface Props {
  pages: Pages;
  /** Where the next page begins; empty on the last. */
  next: string | undefined;
  /** How many there are, in words. */
  note?: ReactNode;
}

/** The foot of a list: how many there are, and the ways to the next page and back. */
export function Pager({ pages, next, note }: Props) {
  const { t } = useTranslation();
  const many = pages.number > 1 || Boolean(next);
  if (!many && !note) return null;
  return (
    <div className="fp-table-foot">
      <span className="fp-muted fp-num">{note}</span>
      {many && (
        <span className="fp-page-extra">
          <Button size="small" disabled={pages.number === 1} onClick={pages.back}>
            {t('common.previous')}
          </Button>
          <span className="fp-muted fp-num">{pages.number}</span>
          <Button size="small" disabled={!next} onClick={() => next && pages.forward(next)}>
            {t('common.next')}
          </Button>
        </span>
      )}
    </div>
  );
}
