import { CloseOutlined, MoreOutlined } from '@ant-design/icons';
import { Button, Dropdown, Tooltip, type MenuProps } from 'antd';
import { useTranslation } from 'react-i18next';
import { duplicate, move, remove, setNot, unwrap, wrap, type Draft } from '../../lib/segmentTree';
import { useBuilderWorld } from './context';

/** What can be done with a row or a group as a whole, by button and by key. */
export function usePartActions(part: Draft) {
  const { builder, focus } = useBuilderWorld();
  const go = (step: -1 | 1) => {
    builder.edit((root) => move(root, part.id, step));
    focus(part.id);
  };
  return {
    up: () => go(-1),
    down: () => go(1),
    copy: () => {
      const [next, id] = duplicate(builder.root, part.id);
      builder.edit(() => next);
      if (id) focus(id);
    },
    remove: () => builder.edit((root) => remove(root, part.id)),
    not: () => builder.edit((root) => setNot(root, part.id, !part.not)),
    wrap: () => builder.edit((root) => wrap(root, part.id)),
    unwrap: () => builder.edit((root) => unwrap(root, part.id)),
  };
}

/**
 * The keys of a part, before the fields in it see them: a number field would
 * count with the arrows. Keys pressed in a part further in are that part's.
 */
export function partKey(e: React.KeyboardEvent, actions: ReturnType<typeof usePartActions>): void {
  if (!e.altKey || e.ctrlKey || e.metaKey || (e.target as Element).closest('[data-part]') !== e.currentTarget) return;
  const action = { ArrowUp: actions.up, ArrowDown: actions.down, KeyC: actions.copy, KeyN: actions.not, KeyG: actions.wrap, Delete: actions.remove, Backspace: actions.remove }[e.code];
  if (!action) return;
  action();
  e.preventDefault();
  e.stopPropagation();
}

export function PartMenu({ part, name }: { part: Draft; name: string }) {
  const { t } = useTranslation();
  const actions = usePartActions(part);
  const key = (k: string) => <kbd className="fp-seg-key">{k}</kbd>;
  const items: MenuProps['items'] = [
    { key: 'up', label: t('segments.moveUp'), extra: key('Alt ↑'), onClick: actions.up },
    { key: 'down', label: t('segments.moveDown'), extra: key('Alt ↓'), onClick: actions.down },
    { key: 'copy', label: t('segments.duplicate'), extra: key('Alt C'), onClick: actions.copy },
    { key: 'not', label: t(part.not ? 'segments.unnegate' : 'segments.negate'), extra: key('Alt N'), onClick: actions.not },
    { key: 'wrap', label: t('segments.wrap'), extra: key('Alt G'), onClick: actions.wrap },
    ...(part.kind === 'group' && !part.not ? [{ key: 'unwrap', label: t('segments.unwrap'), onClick: actions.unwrap }] : []),
  ];
  return (
    <span className="fp-seg-actions">
      <Dropdown menu={{ items }} trigger={['click']} placement="bottomRight">
        <Button type="text" size="small" icon={<MoreOutlined />} aria-label={t('segments.menuOf', { name })} />
      </Dropdown>
      <Tooltip title={`${t('common.delete')} (Alt Del)`}>
        <Button type="text" size="small" icon={<CloseOutlined />} aria-label={t('segments.removePart', { name })} onClick={actions.remove} />
      </Tooltip>
    </span>
  );
}

/** The sign of a negated part; pressing it turns the part round. */
export function NotButton({ part, name }: { part: Draft; name: string }) {
  const { t } = useTranslation();
  const { not } = usePartActions(part);
  return (
    <button type="button" className="fp-seg-not" aria-pressed={part.not} aria-label={t('segments.notOf', { name })} title={t('segments.notWhy')} onClick={not}>
      {t('segments.not')}
    </button>
  );
}
