import type { TFunction } from 'i18next';
import type { TodayRule } from '../../api/today';

export const rulesKey = ['today-rules'];

/** What the days of a rule are counted from. */
function anchorOf(t: TFunction, r: Pick<TodayRule, 'anchor' | 'anchor_name'>): string {
  const event = t(`eventKind.${(r.anchor_name ?? '').replace('.', '_')}`, { defaultValue: r.anchor_name });
  if (r.anchor === 'last_event') return t('todayRules.lastOf', { event });
  if (r.anchor === 'first_event') return t('todayRules.firstOf', { event });
  if (r.anchor === 'stage_change') return t('todayRules.stageOf', { stage: t(`todayRules.stages.${r.anchor_name ?? ''}`) });
  return t(`todayRules.anchors.${r.anchor}`);
}

/** When a rule lists somebody, in words. */
export function whenOf(t: TFunction, r: Pick<TodayRule, 'anchor' | 'anchor_name' | 'offset_days' | 'window_days'>): string {
  if (r.anchor === 'always' || r.anchor === 'promise' || r.anchor === 'waiting') return t(`todayRules.when.${r.anchor}`);
  const offset = r.offset_days === 0 ? t('todayRules.offsetSame') : r.offset_days > 0 ? t('todayRules.offsetAfter', { count: r.offset_days }) : t('todayRules.offsetBefore', { count: -r.offset_days });
  return t('todayRules.when.at', { anchor: anchorOf(t, r), offset, count: r.window_days + 1 });
}

/** What may be written of a rule: the answer has more than may be sent. */
export function inputOf(r: TodayRule) {
  const { name, segment_id, text, anchor, anchor_name, offset_days, window_days, carry_days, rest_days, decline_days, weight, suggestion, quick_reply_id, fallback, enabled } = r;
  return { name, segment_id, text, anchor, anchor_name, offset_days, window_days, carry_days, rest_days, decline_days, weight, suggestion, quick_reply_id, fallback, enabled };
}
