import { FolderAddOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Segmented } from 'antd';
import { useTranslation } from 'react-i18next';
import { group, insert, row, setOp, type Group } from '../../lib/segmentTree';
import { useBuilderWorld } from './context';
import { NotButton, PartMenu, partKey, usePartActions } from './PartMenu';
import { PartCount, RowEditor } from './RowEditor';

/** Conditions of which all, or any, must hold; groups within groups. */
export function GroupEditor({ of, depth = 0 }: { of: Group; depth?: number }) {
  const { t } = useTranslation();
  const { builder, focus } = useBuilderWorld();
  const actions = usePartActions(of);
  const name = t(of.op === 'and' ? 'segments.groupAll' : 'segments.groupAny');
  const problems = builder.rowProblems.get(of.id) ?? [];
  const add = (node: Group | ReturnType<typeof row>, then: string) => {
    builder.edit((root) => insert(root, of.id, node));
    focus(then);
  };
  const addRow = () => {
    const next = row({ op: '' });
    add(next, next.id);
  };
  const addGroup = () => {
    const first = row({ op: '' });
    add(group(of.op === 'and' ? 'or' : 'and', [first]), first.id);
  };
  return (
    <div
      className={`fp-seg-group ${of.op}${depth > 0 ? ' nested' : ''}`}
      role="group"
      aria-label={name}
      data-part={of.id}
      onKeyDownCapture={depth > 0 ? (e) => partKey(e, actions) : undefined}
    >
      <div className="fp-seg-group-head">
        <NotButton part={of} name={name} />
        <Segmented<'and' | 'or'>
          size="small"
          value={of.op}
          aria-label={t('segments.joinLabel')}
          options={[
            { value: 'and', label: t('segments.all') },
            { value: 'or', label: t('segments.any') },
          ]}
          onChange={(op) => builder.edit((root) => setOp(root, of.id, op))}
        />
        <span className="fp-seg-fill" />
        {depth > 0 && (
          <>
            <PartCount id={of.id} unfinished={!builder.emitted.paths.has(of.id)} />
            <PartMenu part={of} name={name} />
          </>
        )}
      </div>
      {problems.length > 0 && (
        <div className="fp-seg-problem" role="alert">
          {problems.map((p, i) => (
            <div key={i}>{p.message}</div>
          ))}
        </div>
      )}
      {of.of.length > 0 && (
        <ol className="fp-seg-parts">
          {of.of.map((part, i) => (
            <li key={part.id}>
              {i > 0 && <span className="fp-seg-join">{t(of.op === 'and' ? 'segments.and' : 'segments.or')}</span>}
              {part.kind === 'row' ? <RowEditor row={part} /> : <GroupEditor of={part} depth={depth + 1} />}
            </li>
          ))}
        </ol>
      )}
      <div className="fp-seg-group-foot">
        <Button size="small" type="dashed" icon={<PlusOutlined />} onClick={addRow}>
          {t('segments.addRow')}
        </Button>
        {depth < 6 && (
          <Button size="small" type="text" icon={<FolderAddOutlined />} onClick={addGroup}>
            {t('segments.addGroup')}
          </Button>
        )}
      </div>
    </div>
  );
}
