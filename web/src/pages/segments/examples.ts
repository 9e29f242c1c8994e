/** Ready ones that open the builder filled in. They name nothing that an org may not have. */
export const examples = [
  { key: 'wakeUp', text: 'stage = silent and gmv > 500' },
  { key: 'again', text: 'did order.paid >= 2 in 90d and not did order.refunded in 90d' },
  { key: 'birthday', text: 'birthday in next 7d and orders > 0' },
  { key: 'second', text: 'orders = 1 and last_order between 60d and 14d ago' },
  { key: 'best', text: 'rfm.frequency >= 4 and rfm.monetary >= 4' },
  { key: 'holdout', text: 'random 10%' },
] as const;
