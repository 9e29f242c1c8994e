import { Table, type TableProps } from 'antd';
import type { AnyObject } from 'antd/es/_util/type';

interface Props<T> extends TableProps<T> {
  /** What the table lists, for who cannot see it. */
  label: string;
  /** Below this width in pixels the table scrolls inside its frame, and the page does not. */
  minWidth: number;
}

/** A dense table without pages of its own, whose frame can be scrolled by keyboard too. */
export function DataTable<T extends AnyObject>({ label, minWidth, ...table }: Props<T>) {
  // What is said instead of rows needs neither columns nor their width.
  const empty = !table.loading && table.dataSource?.length === 0;
  return (
    <div className="fp-scroll" tabIndex={0} role="region" aria-label={label}>
      <Table<T> size="small" pagination={false} showSorterTooltip={false} {...table} showHeader={!empty} style={{ minWidth: empty ? undefined : minWidth }} />
    </div>
  );
}
