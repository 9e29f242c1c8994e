import { useBlocker } from '@tanstack/react-router';
import { Alert, Button, Drawer, Grid, Modal } from 'antd';
import { lazy, Suspense, useCallback, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { JourneyFull, Options } from '../../../api/journeys';
import { useMay } from '../../../app/me';
import { usePreferences } from '../../../app/preferences';
import { store, stored } from '../../../app/preferences';
import { ProblemView } from '../../../ui/ProblemView';
import type { CanvasHandle } from '../canvas/Canvas';
import type { CanvasWorld } from '../canvas/context';
import { LazyCanvas } from '../canvas/LazyCanvas';
import { stepId } from '../model/graph';
import { useWords } from '../model/words';
import { Conflict } from './Conflict';
import { Palette } from './Palette';
import { Side } from './Side';
import { StepList } from './StepList';
import { Toolbar } from './Toolbar';
import { useEditing } from './useEditing';
import { useJourneyDraft } from './useJourneyDraft';
import { useNumbers } from './useNumbers';

const PublishDialog = lazy(() => import('./PublishDialog'));
const InviteDialog = lazy(() => import('./InviteDialog'));
const DryRunDrawer = lazy(() => import('../dry/DryRunDrawer'));

interface Props {
  journey: JourneyFull;
  options?: Options;
  write: boolean;
  publish: boolean;
}

/** The design of a journey: palette, drawing or list, and the form of what is chosen. */
export function EditTab({ journey, options, write: may, publish }: Props) {
  const { t } = useTranslation();
  const { look } = usePreferences();
  const screens = Grid.useBreakpoint();
  const large = screens.lg !== false;
  const write = may && large && journey.status !== 'ended';
  const draft = useJourneyDraft(journey, may && journey.status !== 'ended');
  const words = useWords(options);
  const numbers = useNumbers(draft.spec);
  const canvas = useRef<CanvasHandle>(null);
  const [wanted, setView] = useState<'canvas' | 'list'>(() => (stored('fishpond.journeys.view') === 'list' ? 'list' : 'canvas'));
  const view = large ? wanted : 'list';
  const [publishing, setPublishing] = useState(false);
  const [trying, setTrying] = useState(false);
  const [inviting, setInviting] = useState(false);
  const invites = useMay()('acquisition.read');
  const focus = useCallback((id: string) => requestAnimationFrame(() => requestAnimationFrame(() => canvas.current?.focus(id))), []);
  const editing = useEditing(draft, write, focus);
  const blocker = useBlocker({ shouldBlockFn: async () => draft.dirty && !(await draft.flush()), withResolver: true, enableBeforeUnload: () => draft.dirty });
  const { spec, problems } = draft;

  const openPanel = useCallback(() => requestAnimationFrame(() => document.querySelector<HTMLElement>('.fp-journey-side input, .fp-journey-side textarea, .fp-journey-side button')?.focus()), []);
  const go = (step: string) => {
    editing.choose(step ? [step] : []);
    if (view === 'canvas') canvas.current?.focus(step);
    else document.querySelector(`[data-row="${step}"]`)?.scrollIntoView({ block: 'center' });
  };
  const world = useMemo<CanvasWorld>(() => ({ spec, words, numbers, problems, editable: write, onAdd: write ? editing.add : undefined, countOf: () => undefined, peopleOn: () => undefined }), [spec, words, numbers, problems, write, editing.add]);
  const readyToPublish = problems.size === 0 && !draft.checking;
  const changed = journey.changed || journey.version === 0 || draft.dirty || draft.saving !== 'saved';
  const side = <Side journeyId={journey.id} draft={draft} editing={editing} options={options} words={words} numbers={numbers} disabled={!write} />;
  return (
    <div className="fp-journey-edit" data-look={look}>
      {!large && may && <Alert type="info" showIcon title={t('journeys.largerScreen')} />}
      {draft.saving === 'conflict' && draft.theirs && <Conflict mine={spec} theirs={draft.theirs} onTake={draft.settle} />}
      {draft.problem && (draft.saving === 'failed' || draft.saving === 'refused') && <ProblemView error={draft.problem} onRetry={() => void draft.flush()} />}
      <Toolbar
        draft={draft}
        words={words}
        write={write}
        view={view}
        onView={
          large
            ? (v) => {
                setView(v);
                store('fishpond.journeys.view', v);
              }
            : undefined
        }
        onFit={() => canvas.current?.fit()}
        onZoom={(by) => canvas.current?.zoom(by)}
        onGo={go}
        onDryRun={() => setTrying(true)}
        publish={
          publish && journey.status !== 'ended' && large ? (
            <Button type="primary" disabled={!changed && journey.version > 0} title={readyToPublish ? undefined : t('journeys.mendFirst', { count: [...problems.values()].flat().length })} onClick={() => void draft.flush().then((ok) => ok && setPublishing(true))}>
              {t(journey.version > 0 ? 'journeys.publishAgain' : 'journeys.publish')}
            </Button>
          ) : undefined
        }
      />
      {view === 'canvas' ? (
        <div className={`fp-journey-desk${write ? '' : ' read'}`}>
          {write && <Palette onAdd={(kind) => editing.put(kind)} onInvite={invites ? () => setInviting(true) : undefined} />}
          <LazyCanvas ref={canvas} world={world} selected={editing.selected} onSelect={editing.choose} edit={write ? draft.edit : undefined} onKey={(e, step) => editing.key(e, step, openPanel)} />
          {side}
        </div>
      ) : (
        <div className={large ? 'fp-journey-desk list' : undefined}>
          <StepList spec={spec} words={words} numbers={numbers} problems={problems} selected={editing.selected} onSelect={editing.choose} edit={write ? draft.edit : undefined} onAdd={write ? editing.add : undefined} />
          {large && side}
        </div>
      )}
      {!large && (
        <Drawer open={editing.selected.length > 0} onClose={() => editing.choose([])} size="100%" styles={{ body: { padding: 0 } }}>
          {side}
        </Drawer>
      )}
      {publishing && (
        <Suspense fallback={null}>
          <PublishDialog journey={journey} spec={spec} revision={draft.revision.current} words={words} problems={[...problems.values()].flat().length} onClose={() => setPublishing(false)} />
        </Suspense>
      )}
      {inviting && (
        <Suspense fallback={null}>
          <InviteDialog
            ids={() => {
              const one = stepId(spec.graph.steps);
              return [one, stepId([...spec.graph.steps, { id: one }])];
            }}
            onPut={editing.putAll}
            onClose={() => setInviting(false)}
          />
        </Suspense>
      )}
      {trying && (
        <Suspense fallback={null}>
          <DryRunDrawer journeyId={journey.id} name={draft.name} spec={spec} options={options} words={words} numbers={numbers} onClose={() => setTrying(false)} />
        </Suspense>
      )}
      <Modal open={blocker.status === 'blocked'} title={t('journeys.leaveTitle')} okText={t('journeys.leave')} okButtonProps={{ danger: true }} onOk={() => blocker.proceed?.()} onCancel={() => blocker.reset?.()}>
        {t('journeys.leaveText')}
      </Modal>
    </div>
  );
}
