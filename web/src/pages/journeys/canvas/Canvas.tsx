import { Background, BackgroundVariant, MarkerType, ReactFlow, ReactFlowProvider, applyNodeChanges, useReactFlow, type Connection, type Edge as FlowEdge, type NodeChange } from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import { forwardRef, useCallback, useEffect, useImperativeHandle, useMemo, useRef, useState, type DragEvent, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { StepKind } from '../../../api/journeys';
import { addLoose, append, connect, insert } from '../model/edits';
import { edgesOf, newStep, start, stepId } from '../model/graph';
import { placesOf, room, type Places } from '../model/layout';
import { boxAt, lineAt, neighbour, type Direction } from '../model/near';
import type { Spec } from '../../../api/journeys';
import { CanvasContext, lineId, type CanvasWorld } from './context';
import { StartNode, StepNode, type StartNodeType, type StepNodeType } from './StepNode';
import { WayEdge, type WayEdgeType } from './WayEdge';
import './canvas.css';

type CanvasNode = StepNodeType | StartNodeType;

const nodeTypes = { step: StepNode, start: StartNode };
const edgeTypes = { way: WayEdge };
const entry = '@start';
const flowId = (id: string) => id || entry;
const ownId = (id: string) => (id === entry ? start : id);
const directions: Record<string, Direction> = { ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'left', ArrowRight: 'right' };

/** The smallest scale at which steps can still be read. */
const readable = 0.72;

/** What the palette puts on its drags. */
export const dragType = 'application/x-fishpond-step';

export interface CanvasHandle {
  fit: () => void;
  zoom: (by: 1 | -1) => void;
  /** Puts the keyboard onto a step, and the step into view. */
  focus: (id: string) => void;
}

export interface CanvasProps {
  world: CanvasWorld;
  selected?: readonly string[];
  onSelect?: (ids: string[]) => void;
  edit?: (change: (s: Spec) => Spec) => void;
  /** Keys that are not about moving. */
  onKey?: (e: KeyboardEvent, step: string) => void;
  height?: number | string;
}

const none: readonly string[] = [];

/** The drawing of a journey. */
const Drawing = forwardRef<CanvasHandle, CanvasProps>(function Drawing({ world, selected = none, onSelect, edit, onKey, height }, handle) {
  const { t } = useTranslation();
  const flow = useReactFlow();
  const frame = useRef<HTMLDivElement>(null);
  const { spec, editable } = world;
  const { steps } = spec.graph;
  const { places, bends } = useMemo(() => placesOf(steps, spec.layout), [steps, spec.layout]);
  const [aim, setAim] = useState<string>();

  const derived = useMemo<CanvasNode[]>(() => {
    const at = (id: string) => ({ x: places[id]?.[0] ?? 0, y: places[id]?.[1] ?? 0 });
    return [{ id: entry, type: 'start', position: at(start), data: {} }, ...steps.map((step): StepNodeType => ({ id: step.id, type: 'step', position: at(step.id), data: { step } }))];
  }, [steps, places]);
  const [nodes, setNodes] = useState<CanvasNode[]>(derived);
  useEffect(() => {
    setNodes((old) => {
      const by = new Map(old.map((n) => [n.id, n]));
      return derived.map((n) => {
        const was = by.get(n.id);
        return { ...n, selected: selected.includes(ownId(n.id)), ...(was ? { measured: was.measured, ...(was.dragging ? { position: was.position, dragging: true } : {}) } : {}) } as CanvasNode;
      });
    });
  }, [derived, selected]);

  const lines = useMemo<WayEdgeType[]>(() => {
    const all = edgesOf(steps);
    return all.map((e) => ({
      id: lineId(e.from, e.way),
      type: 'way',
      source: flowId(e.from),
      sourceHandle: String(e.way),
      target: e.to,
      data: { ...e, alone: all.filter((x) => x.to === e.to).length === 1 },
      focusable: false,
      reconnectable: editable ? 'target' : false,
      markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14, color: 'var(--fp-way)' },
    }));
  }, [steps, editable]);

  const change = useCallback(
    (all: NodeChange<CanvasNode>[]) => {
      const picks = all.filter((c) => c.type === 'select');
      if (picks.length > 0 && onSelect) {
        const now = new Set(selected);
        for (const c of picks) if (c.selected) now.add(ownId(c.id));
        else now.delete(ownId(c.id));
        onSelect([...now]);
      }
      setNodes((old) => applyNodeChanges(all.filter((c) => c.type !== 'select' && c.type !== 'remove'), old));
    },
    [onSelect, selected],
  );
  const moved = useCallback(() => {
    if (!edit) return;
    const layout: Places = Object.fromEntries(flow.getNodes().map((n) => [ownId(n.id), [Math.round(n.position.x), Math.round(n.position.y)] as [number, number]]).filter(([id]) => id !== start));
    edit((s) => ({ ...s, layout }));
  }, [edit, flow]);
  const join = useCallback((c: Connection) => edit?.((s) => connect(s, ownId(c.source), Number(c.sourceHandle ?? -1), ownId(c.target))), [edit]);

  const focus = useCallback(
    (id: string) => {
      const at = places[id];
      const box = frame.current?.getBoundingClientRect();
      if (at && box) {
        const { x, y } = flow.flowToScreenPosition({ x: at[0], y: at[1] });
        if (x < box.left + 110 || x > box.right - 110 || y < box.top + 10 || y > box.bottom - 90) void flow.setCenter(at[0], at[1] + 40, { zoom: flow.getZoom(), duration: 0 });
      }
      requestAnimationFrame(() => frame.current?.querySelector<HTMLElement>(`[data-step="${id}"]`)?.focus({ preventScroll: true }));
    },
    [places, flow],
  );
  useImperativeHandle(handle, () => ({ fit: () => void flow.fitView({ padding: 0.12, maxZoom: 1 }), zoom: (by) => void (by > 0 ? flow.zoomIn() : flow.zoomOut()), focus }), [flow, focus]);

  /** All of it if that can be read; else its beginning, as large as it can be read. */
  const begin = useCallback(() => {
    const view = frame.current?.getBoundingClientRect();
    if (!view) return;
    const all = Object.values(places);
    const [left, right, bottom] = [Math.min(...all.map((p) => p[0])) - 130, Math.max(...all.map((p) => p[0])) + 130, Math.max(...all.map((p) => p[1])) + room.height];
    const zoom = Math.max(readable, Math.min(1, view.width / (right - left), view.height / (bottom + 40)));
    const middle = (right - left) * zoom > view.width ? 0 : (left + right) / 2;
    void flow.setViewport({ x: view.width / 2 - middle * zoom, y: 24 - (places[start]?.[1] ?? 0) * zoom, zoom });
  }, [places, flow]);

  const press = (e: KeyboardEvent) => {
    const step = (e.target as HTMLElement).closest<HTMLElement>('[data-step]')?.dataset.step;
    if (step === undefined) return;
    const to = directions[e.key];
    if (!to) return onKey?.(e, step);
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const id = neighbour(places, step, to);
    e.preventDefault();
    if (id === undefined) return;
    onSelect?.(e.shiftKey && id !== start ? [...new Set([...selected, id])] : [id]);
    focus(id);
  };

  const point = (e: DragEvent) => flow.screenToFlowPosition({ x: e.clientX, y: e.clientY });
  const over = (e: DragEvent) => {
    if (!edit || !e.dataTransfer.types.includes(dragType)) return;
    e.preventDefault();
    e.dataTransfer.dropEffect = 'copy';
    const { x, y } = point(e);
    const line = lineAt(steps, places, x, y);
    setAim(line && lineId(line.from, line.way));
  };
  const drop = (e: DragEvent) => {
    const kind = e.dataTransfer.getData(dragType) as StepKind;
    setAim(undefined);
    if (!edit || !kind) return;
    e.preventDefault();
    const { x, y } = point(e);
    const step = newStep(kind, stepId(steps));
    const line = lineAt(steps, places, x, y);
    const box = boxAt(places, x, y);
    edit((s) => (line ? insert(s, line.from, line.way, step) : s.graph.steps.length === 0 || box !== undefined ? append(s, box, step) : addLoose(s, step, [Math.round(x), Math.round(y)], Object.fromEntries(Object.entries(places).filter(([id]) => id !== start)))));
    onSelect?.([step.id]);
  };

  const aimed = useMemo(() => ({ ...world, aim, bends }), [world, aim, bends]);
  return (
    <CanvasContext.Provider value={aimed}>
      <div ref={frame} className={`fp-canvas${editable ? ' editable' : ''}`} style={height === undefined ? undefined : { height }} role="group" aria-label={t('journeys.canvasLabel')} onKeyDown={press} onDragOver={over} onDragLeave={() => setAim(undefined)} onDrop={drop}>
        <ReactFlow<CanvasNode, WayEdgeType>
          nodes={nodes}
          edges={lines}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
          nodeOrigin={[0.5, 0]}
          onNodesChange={change}
          onNodeDragStop={moved}
          onSelectionDragStop={moved}
          onConnect={join}
          onReconnect={(old: FlowEdge, c) => {
            if (old.source === c.source && old.sourceHandle === c.sourceHandle) join(c);
          }}
          isValidConnection={(c) => c.source !== c.target && c.target !== entry}
          nodesDraggable={editable}
          nodesConnectable={editable}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={Boolean(onSelect)}
          disableKeyboardA11y
          deleteKeyCode={null}
          multiSelectionKeyCode={['Shift', 'Meta', 'Control']}
          selectionKeyCode="Shift"
          zoomOnDoubleClick={false}
          minZoom={0.2}
          maxZoom={1.5}
          onInit={begin}
        >
          <Background variant={BackgroundVariant.Dots} gap={20} size={1} />
        </ReactFlow>
      </div>
    </CanvasContext.Provider>
  );
});

export const Canvas = forwardRef<CanvasHandle, CanvasProps>(function Canvas(props, handle) {
  return (
    <ReactFlowProvider>
      <Drawing {...props} ref={handle} />
    </ReactFlowProvider>
  );
});
export default Canvas;
