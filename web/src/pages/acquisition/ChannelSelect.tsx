import { TreeSelect } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useChannels, type ChannelNode } from './useChannels';

interface Props {
  value: string | undefined;
  onChange: (id: string) => void;
  label: string;
  id?: string;
  placeholder?: string;
  /** No channel below this one, and not this one. */
  except?: string;
  /** Nothing deeper than this many levels, from 1. */
  deepest?: number;
  status?: 'error';
  className?: string;
}

/** A channel out of the tree, found by any part of its path. */
export function ChannelSelect({ value, onChange, label, id, placeholder, except, deepest = 3, status, className }: Props) {
  const { t } = useTranslation();
  const { tree, byId, query } = useChannels();
  const data = useMemo(() => {
    const level = { platform: 1, campaign: 2, entrance: 3 };
    const show = (nodes: ChannelNode[]): object[] =>
      nodes
        .filter((n) => n.id !== except && level[n.level] <= deepest && (!n.archived || n.id === value))
        .map((n) => ({ value: n.id, title: n.name, path: n.path.join(' › '), children: show(n.below) }));
    return show(tree);
  }, [tree, except, deepest, value]);
  const chosen = value ? byId.get(value) : undefined;
  return (
    <TreeSelect<string>
      id={id}
      className={className}
      value={chosen ? value : undefined}
      allowClear
      loading={query.isPending}
      treeData={data as never}
      treeDefaultExpandAll
      showSearch={{ treeNodeFilterProp: 'path', filterTreeNode: (q, n) => String((n as { path?: string }).path).toLowerCase().includes(q.trim().toLowerCase()) }}
      treeNodeLabelProp="path"
      popupMatchSelectWidth={false}
      styles={{ popup: { root: { minWidth: 260, maxHeight: 380 } } }}
      placeholder={placeholder ?? t('catch.anyChannel')}
      aria-label={label}
      status={status}
      onChange={(next: string | undefined) => onChange(next ?? '')}
      notFoundContent={t('channels.noneYet')}
    />
  );
}
