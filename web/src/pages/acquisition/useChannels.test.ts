import { describe, expect, it } from 'vitest';
import type { Channel } from '../../api/acquisition';
import { prune, treeOf, type ChannelNode } from './useChannels';

const channel = (id: string, name: string, parent_id = ''): Channel => ({
  id, name, parent_id, path: [], level: 'platform', children: 0, archived: false, archived_at: null, created_at: '', updated_at: '',
});
const names = (tree: ChannelNode[]): unknown[] => tree.map((n) => [n.name, ...names(n.below)]);
const list = [channel('a', '抖音'), channel('b', '618', 'a'), channel('c', '直播间', 'b'), channel('d', 'Store'), channel('e', 'Lost', 'x')];

describe('channels', () => {
  it('make a tree', () => {
    expect(names(treeOf(list))).toEqual([['抖音', ['618', ['直播间']]], ['Store'], ['Lost']]);
  });
  it('are found with what is above and below them', () => {
    expect(names(prune(treeOf(list), '直播'))).toEqual([['抖音', ['618', ['直播间']]]]);
    expect(names(prune(treeOf(list), 'STORE'))).toEqual([['Store']]);
    expect(names(prune(treeOf(list), '抖音'))).toEqual([['抖音', ['618', ['直播间']]]]);
    expect(prune(treeOf(list), 'none')).toEqual([]);
    expect(names(prune(treeOf(list), ' '))).toHaveLength(3);
  });
});
