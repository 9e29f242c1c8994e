import type { TableProps } from 'antd';

/**
 * A row of a list that opens on a click anywhere, but on a link or a button in
 * it, or while text is being marked; active is the row that the keys are on.
 */
export function rowEvents<T>(active: number, open: (row: T) => void): Pick<TableProps<T>, 'onRow' | 'rowClassName'> {
  return {
    rowClassName: (_, i) => (i === active ? 'fp-row-active' : ''),
    onRow: (row) => ({
      onClick: (e) => {
        if ((e.target as HTMLElement).closest('a, button, .ant-modal-root') || getSelection()?.toString()) return;
        open(row);
      },
    }),
  };
}
