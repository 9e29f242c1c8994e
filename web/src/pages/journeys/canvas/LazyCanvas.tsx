import { forwardRef, lazy, Suspense } from 'react';
import { Loading } from '../../../ui/Loading';
import type { CanvasHandle, CanvasProps } from './Canvas';

const Canvas = lazy(() => import('./Canvas'));

/** The drawing, fetched when it is first shown. */
export const LazyCanvas = forwardRef<CanvasHandle, CanvasProps>(function LazyCanvas(props, handle) {
  return (
    <Suspense fallback={<Loading rows={10} />}>
      <Canvas {...props} ref={handle} />
    </Suspense>
  );
});
