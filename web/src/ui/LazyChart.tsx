import { lazy, Suspense, type ComponentProps } from 'react';

// Charts are heavy: what stands around them does not wait.
const Drawn = lazy(() => import('./chartWithLines').then((m) => ({ default: m.Chart })));

/** A chart, of lines too, that is fetched when it is first drawn. Its place is kept. */
export function LazyChart(props: ComponentProps<typeof Drawn>) {
  return (
    <Suspense fallback={<div className="fp-loading" style={{ height: props.height, padding: 0 }} />}>
      <Drawn {...props} />
    </Suspense>
  );
}
