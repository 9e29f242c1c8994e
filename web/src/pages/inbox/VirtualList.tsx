import { useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react';

interface Props {
  ids: readonly string[];
  /** All rows have this height, in pixels. */
  rowHeight: number;
  label: string;
  /** Begins at the top again when this changes. */
  about: string;
  /** The row that must be in sight; -1: none. */
  show: number;
  more: boolean;
  onEnd: () => void;
  row: (id: string, index: number) => ReactNode;
  foot?: ReactNode;
}

const overscan = 6;

/** A list of which only the rows in sight exist, however long it is. */
export function VirtualList({ ids, rowHeight, label, about, show, more, onEnd, row, foot }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(800);

  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const watch = new ResizeObserver(() => setHeight(element.clientHeight));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  useLayoutEffect(() => {
    frame.current?.scrollTo({ top: 0 });
  }, [about]);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element || show < 0) return;
    if (show * rowHeight < element.scrollTop) element.scrollTop = show * rowHeight;
    else if ((show + 1) * rowHeight > element.scrollTop + element.clientHeight) element.scrollTop = (show + 1) * rowHeight - element.clientHeight;
  }, [show, rowHeight]);

  const first = Math.max(0, Math.floor(top / rowHeight) - overscan);
  const last = Math.min(ids.length, Math.ceil((top + height) / rowHeight) + overscan);
  useEffect(() => {
    if (more && last >= ids.length - overscan) onEnd();
  }, [more, last, ids.length, onEnd]);

  return (
    <div className="fp-inbox-rows" ref={frame} onScroll={(e) => setTop(e.currentTarget.scrollTop)} tabIndex={-1}>
      <ul aria-label={label} style={{ height: ids.length * rowHeight }}>
        {ids.slice(first, last).map((id, i) => (
          <li key={id} style={{ top: (first + i) * rowHeight, height: rowHeight }} aria-setsize={more ? -1 : ids.length} aria-posinset={first + i + 1}>
            {row(id, first + i)}
          </li>
        ))}
      </ul>
      {foot}
    </div>
  );
}
