import { RedoOutlined, UndoOutlined } from '@ant-design/icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useBlocker, useNavigate } from '@tanstack/react-router';
import { App, Button, Input, Modal, Tooltip, type InputRef } from 'antd';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asProblem } from '../../api/problem';
import { segments } from '../../api/endpoints';
import type { Predicate, Segment, SegmentVocabulary } from '../../api/types';
import { useMay } from '../../app/me';
import { insert, row, same, type Tree } from '../../lib/segmentTree';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { BuilderContext } from './context';
import { CountNumber, CountPanel, SamplePanel } from './CountPanel';
import { examples } from './examples';
import { GroupEditor } from './GroupEditor';
import { MeanwhileDialog } from './MeanwhileDialog';
import { TextPanel } from './TextPanel';
import { useBuilder } from './useBuilder';
import { useVocabulary } from './useVocabulary';
import './builder.css';

const newRoute = getRouteApi('/shell/segments/new');
const editRoute = getRouteApi('/shell/segments/$segmentId/edit');

function parseTree(text: string | undefined): Tree | undefined {
  try {
    const tree: unknown = JSON.parse(text ?? '');
    return typeof tree === 'object' && tree !== null && typeof (tree as Tree).op === 'string' ? (tree as Tree) : undefined;
  } catch {
    return undefined;
  }
}

/** A new segment: empty, or with the predicate and name that the address holds. */
export function NewSegmentPage() {
  const { text, tree, name = '' } = newRoute.useSearch();
  const initial = useMemo<Predicate>(() => (text ? { text: text.slice(0, 65_536) } : { tree: parseTree(tree) ?? { op: 'everyone' } }), [text, tree]);
  const { t } = useTranslation();
  const vocabulary = useVocabulary();
  return (
    <div className="fp-page">
      {vocabulary.isError ? (
        <>
          <PageHeader title={t('segments.create')} />
          <ProblemView error={vocabulary.error} onRetry={() => void vocabulary.refetch()} />
        </>
      ) : !vocabulary.data ? (
        <Loading rows={10} />
      ) : (
        <Builder key={text ?? tree ?? ''} initial={initial} initialName={name} vocabulary={vocabulary.data} />
      )}
    </div>
  );
}

export function EditSegmentPage() {
  const { segmentId } = editRoute.useParams();
  const { t } = useTranslation();
  const vocabulary = useVocabulary();
  // Edited as it is now, not as it was when it was last looked at.
  const segment = useQuery({ queryKey: ['segment', segmentId, 'edit'], queryFn: () => segments.read(segmentId), staleTime: Infinity, gcTime: 0, refetchOnWindowFocus: false });
  const failed = vocabulary.isError ? vocabulary : segment.isError ? segment : undefined;
  return (
    <div className="fp-page">
      {failed ? (
        <>
          <PageHeader title={t('segments.edit')} />
          <ProblemView error={failed.error} onRetry={() => void failed.refetch()} />
        </>
      ) : !vocabulary.data || !segment.data ? (
        <Loading rows={10} />
      ) : (
        <Builder key={segment.data.id} saved={segment.data} initial={{ tree: segment.data.tree }} vocabulary={vocabulary.data} />
      )}
    </div>
  );
}

interface Props {
  saved?: Segment;
  initial: Predicate;
  initialName?: string;
  vocabulary: SegmentVocabulary;
}

function Builder({ saved: opened, initial, initialName = '', vocabulary }: Props) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const write = useMay()('segment.write');
  const builder = useBuilder(initial, opened?.id);
  /** The version that is edited: another one once somebody else's was taken over. */
  const [saved, setSaved] = useState(opened);
  const [name, setName] = useState(opened?.name ?? initialName);
  const [description, setDescription] = useState(opened?.description ?? '');
  const [nameProblem, setNameProblem] = useState('');
  const [saving, setSaving] = useState(false);
  const [saveWhenRead, setSaveWhenRead] = useState(false);
  const [meanwhile, setMeanwhile] = useState<Segment>();
  const nameInput = useRef<InputRef>(null);
  const page = useRef<HTMLDivElement>(null);
  const left = useRef(false);

  const redefined = !saved || !same(saved.tree, builder.emitted.tree) || builder.emitted.unfinished.length > 0;
  const renamed = !saved || name.trim() !== saved.name || description.trim() !== saved.description;
  const untouched = !saved && builder.root.of.length === 0 && name === initialName && description === '';
  const dirty = !untouched && (redefined || renamed || (builder.typing && Boolean(builder.problem)));

  const blocker = useBlocker({
    shouldBlockFn: () => dirty && !left.current,
    enableBeforeUnload: () => dirty && !left.current,
    withResolver: true,
  });

  const focus = useCallback((id: string) => {
    // Twice: the part is drawn in the first frame, its fields settle in the second.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        const part = page.current?.querySelector(`[data-part="${id}"]`);
        // To the value, when there is one to fill in.
        const field = ['.fp-seg-values input', 'input.fp-seg-number, .fp-seg-number input', '.fp-seg-picker input', 'button'].map((s) => part?.querySelector<HTMLElement>(s)).find(Boolean);
        field?.focus();
        part?.scrollIntoView({ block: 'nearest' });
      }),
    );
  }, []);

  const save = async (over?: number) => {
    if (saving || !write) return;
    if (name.trim() === '') {
      setNameProblem(t('segments.nameNeeded'));
      nameInput.current?.focus();
      return;
    }
    if (builder.emitted.unfinished.length > 0) {
      message.warning(t('segments.unfinishedSave', { count: builder.emitted.unfinished.length }));
      focus(builder.emitted.unfinished[0]!);
      return;
    }
    if (builder.typing && builder.waiting) {
      setSaveWhenRead(true);
      return;
    }
    if (builder.typing && builder.problem) {
      message.warning(t('segments.textWrongSave'));
      return;
    }
    setSaving(true);
    let redefining = false;
    try {
      let done: Segment;
      const words = { name: name.trim(), description: description.trim() };
      if (!saved) done = await segments.create({ ...words, tree: builder.emitted.tree });
      else {
        done = saved;
        redefining = redefined;
        if (redefined) {
          done = await segments.redefine(saved.id, { tree: builder.emitted.tree, version: over ?? saved.version });
          setSaved(done);
        }
        redefining = false;
        if (renamed) done = await segments.rename(saved.id, words);
      }
      left.current = true;
      message.success(t('common.saved'));
      queryClient.setQueryData(['segment', done.id], done);
      void queryClient.invalidateQueries({ queryKey: ['segments'] });
      void queryClient.invalidateQueries({ queryKey: ['segment', done.id] });
      void queryClient.invalidateQueries({ queryKey: ['segment-vocabulary'] });
      await navigate({ to: '/segments/$segmentId', params: { segmentId: done.id }, search: {} });
    } catch (error) {
      const problem = asProblem(error);
      const aboutName = problem.fields.find((f) => f.location === 'body.name')?.message ?? (problem.status === 409 && !redefining ? problem.detail : undefined);
      if (aboutName) {
        setNameProblem(aboutName);
        nameInput.current?.focus();
      } else if (problem.status === 409 && saved) {
        // Another version: show it. When there is none, it is a circle or a list that is gone: say so.
        const theirs = await segments.read(saved.id).catch(() => undefined);
        if (theirs && theirs.version !== saved.version) setMeanwhile(theirs);
        else notify(error);
      } else notify(error);
    } finally {
      setSaving(false);
    }
  };

  // What was typed last is part of what is saved: as soon as it is understood.
  useEffect(() => {
    if (!saveWhenRead || builder.waiting) return;
    setSaveWhenRead(false);
    void keys.current.save();
  }, [saveWhenRead, builder.waiting]);

  const keys = useRef({ save, undo: builder.undo, redo: builder.redo });
  keys.current = { save, undo: builder.undo, redo: builder.redo };
  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      if (!(e.ctrlKey || e.metaKey) || e.altKey || document.querySelector('.ant-modal-wrap:not([style*="display: none"])')) return;
      const key = e.key.toLowerCase();
      if (key === 's') void keys.current.save();
      else {
        // Where words are typed, the browser undoes words.
        const words = e.target instanceof HTMLTextAreaElement || (e.target instanceof HTMLElement && e.target.closest('.fp-seg-words'));
        if (words || (key !== 'z' && key !== 'y')) return;
        if (key === 'y' || e.shiftKey) keys.current.redo();
        else keys.current.undo();
      }
      e.preventDefault();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);

  const world = useMemo(() => ({ builder, vocabulary, focus }), [builder, vocabulary, focus]);
  const addRow = () => {
    const next = row({ op: '' });
    builder.edit((root) => insert(root, root.id, next));
    focus(next.id);
  };
  const empty = builder.root.of.length === 0 && !builder.typing;

  return (
    <BuilderContext.Provider value={world}>
      <nav className="fp-crumb" aria-label={t('customer.where')}>
        <Link to="/segments" search={{}}>
          {t('menu.segments')}
        </Link>
        {saved && (
          <>
            {' / '}
            <Link to="/segments/$segmentId" params={{ segmentId: saved.id }} search={{}}>
              {saved.name}
            </Link>
          </>
        )}
      </nav>
      <PageHeader
        title={saved ? t('segments.editTitle', { name: saved.name }) : t('segments.create')}
        extra={
          <>
            <Tooltip title={`${t('common.undo')} (Ctrl Z)`}>
              <Button icon={<UndoOutlined />} aria-label={t('common.undo')} disabled={!builder.canUndo} onClick={builder.undo} />
            </Tooltip>
            <Tooltip title={`${t('segments.redo')} (Ctrl Shift Z)`}>
              <Button icon={<RedoOutlined />} aria-label={t('segments.redo')} disabled={!builder.canRedo} onClick={builder.redo} />
            </Tooltip>
            <Button type="primary" loading={saving || saveWhenRead} disabled={!write || (saved && !dirty)} onClick={() => void save()}>
              {t('common.save')}
            </Button>
          </>
        }
      />
      <div className="fp-seg-words">
        <label>
          <span>{t('segments.name')}</span>
          <Input
            ref={nameInput}
            value={name}
            maxLength={60}
            status={nameProblem ? 'error' : undefined}
            aria-invalid={nameProblem !== ''}
            placeholder={t('segments.namePlaceholder')}
            onChange={(e) => {
              setName(e.target.value);
              setNameProblem('');
            }}
          />
          {nameProblem && (
            <span className="fp-no fp-small" role="alert">
              {nameProblem}
            </span>
          )}
        </label>
        <label>
          <span>{t('segments.description')}</span>
          <Input value={description} maxLength={300} placeholder={t('segments.descriptionPlaceholder')} onChange={(e) => setDescription(e.target.value)} />
        </label>
      </div>
      <div className="fp-seg-builder" ref={page}>
        <div className="fp-seg-main">
          {empty ? (
            <div className="fp-seg-panel fp-seg-start">
              <h2>{t('segments.startTitle')}</h2>
              <p className="fp-muted">{t('segments.startText')}</p>
              <Button type="primary" onClick={addRow}>
                {t('segments.addFirst')}
              </Button>
              <h3>{t('segments.startExamples')}</h3>
              <ul className="fp-seg-examples">
                {examples.map((e) => (
                  <li key={e.key}>
                    <button type="button" onClick={() => builder.type(e.text)}>
                      <b>{t(`segments.example.${e.key}`)}</b>
                      <code>{e.text}</code>
                    </button>
                  </li>
                ))}
              </ul>
            </div>
          ) : (
            <GroupEditor of={builder.root} />
          )}
        </div>
        <aside className="fp-seg-side">
          <CountPanel />
          <TextPanel />
          <SamplePanel />
        </aside>
      </div>
      <div className="fp-seg-bar">
        <CountNumber />
        <Button type="primary" loading={saving || saveWhenRead} disabled={!write || (saved && !dirty)} onClick={() => void save()}>
          {t('common.save')}
        </Button>
      </div>
      <Modal
        open={blocker.status === 'blocked'}
        title={t('segments.leaveTitle')}
        okText={t('segments.leave')}
        okButtonProps={{ danger: true }}
        cancelText={t('segments.stay')}
        onOk={() => blocker.proceed?.()}
        onCancel={() => blocker.reset?.()}
      >
        {t('segments.leaveText')}
      </Modal>
      {meanwhile && (
        <MeanwhileDialog
          theirs={meanwhile}
          mine={builder.answer?.text ?? ''}
          onClose={() => setMeanwhile(undefined)}
          onTheirs={() => {
            setSaved(meanwhile);
            builder.replace(meanwhile.tree);
            setMeanwhile(undefined);
          }}
          onMine={() => {
            setSaved(meanwhile);
            setMeanwhile(undefined);
            void save(meanwhile.version);
          }}
        />
      )}
    </BuilderContext.Provider>
  );
}
