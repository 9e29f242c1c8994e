import { useQuery } from '@tanstack/react-query';
import { Tooltip } from 'antd';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { segments } from '../../api/endpoints';
import { useFormat } from '../../app/useFormat';
import { editable, leafFor, subjectOf, type Subject } from '../../lib/segmentFields';
import { complete, setLeaf, update, setNot, type Leaf, type Row } from '../../lib/segmentTree';
import { useBuilderWorld } from './context';
import { LeafEditor, saysNot } from './LeafEditor';
import { NotButton, PartMenu, partKey, usePartActions } from './PartMenu';
import { SubjectPicker } from './SubjectPicker';
import { useNames } from './useNames';

/** How many people a part describes by itself. */
export function PartCount({ id, unfinished = false }: { id: string; unfinished?: boolean }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { builder } = useBuilderWorld();
  const count = builder.answer?.counts.get(id);
  const stale = builder.waiting || Boolean(builder.problem);
  if (unfinished)
    return (
      <Tooltip title={t('segments.unfinishedWhy')}>
        <span className="fp-seg-count fp-muted fp-small" tabIndex={0}>
          {t('segments.unfinished')}
        </span>
      </Tooltip>
    );
  return (
    <span className={`fp-seg-count fp-num${stale ? ' fp-seg-stale' : ''}`} data-count={count} title={count === undefined ? undefined : t('segments.countWhy')}>
      {count === undefined ? '…' : f.number(count)}
    </span>
  );
}

export function RowEditor({ row }: { row: Row }) {
  const { t } = useTranslation();
  const { builder, vocabulary, focus } = useBuilderWorld();
  const names = useNames(vocabulary);
  const actions = usePartActions(row);
  const subject = subjectOf(row.leaf);
  const known = editable(row.leaf, vocabulary);
  const name = row.leaf.op === '' ? t('segments.newRow') : names.subject(subject);
  const problems = builder.rowProblems.get(row.id) ?? [];
  const { edit } = builder;

  const change = useCallback((leaf: Leaf, mark?: string) => edit((root) => setLeaf(root, row.id, leaf), mark && `${row.id} ${mark}`), [edit, row.id]);
  const pick = (next: Subject) => {
    if (next === subject) return;
    change(leafFor(next, vocabulary));
    focus(row.id);
  };
  return (
    <div className={`fp-seg-row${problems.length > 0 ? ' wrong' : ''}`} data-part={row.id} role="group" aria-label={name} onKeyDownCapture={(e) => partKey(e, actions)}>
      <div className="fp-seg-cond">
        {known ? (
          <>
            {!saysNot(row.leaf) && row.leaf.op !== '' && <NotButton part={row} name={name} />}
            <SubjectPicker value={row.leaf.op === '' ? '' : subject} onChange={pick} vocabulary={vocabulary} />
            <LeafEditor
              row={row}
              label={name}
              vocabulary={vocabulary}
              onChange={change}
              onNot={(not) => edit((root) => setNot(root, row.id, not))}
              onHow={(leaf, not) => edit((root) => update(root, row.id, (old) => (old.kind === 'row' ? { ...old, leaf, not } : old)))}
            />
          </>
        ) : (
          <>
            <NotButton part={row} name={name} />
            <RawRow leaf={row.leaf} />
          </>
        )}
      </div>
      <PartCount id={row.id} unfinished={!complete(row.leaf)} />
      <PartMenu part={row} name={name} />
      {problems.length > 0 && (
        <div className="fp-seg-problem" role="alert">
          {problems.map((p, i) => (
            <div key={i}>{p.message}</div>
          ))}
        </div>
      )}
    </div>
  );
}

/** A condition without an editor of its own, in its own words; it stays as it is. */
function RawRow({ leaf }: { leaf: Leaf }) {
  const { t } = useTranslation();
  const said = useQuery({
    queryKey: ['segment-text', JSON.stringify(leaf)],
    queryFn: () => segments.preview({ tree: leaf, parts: false, sample: 0 }),
    staleTime: Infinity,
    retry: false,
  });
  return (
    <Tooltip title={t('segments.rawWhy')}>
      <code className="fp-seg-raw" tabIndex={0}>
        {said.data?.text ?? JSON.stringify(leaf)}
      </code>
    </Tooltip>
  );
}
