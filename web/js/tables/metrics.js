// @ts-check
// The metrics that the page's tables show. Written by `unlearn tables` from core's tables; do not edit.

/** @type {import('../types.d.ts').MetricGroup[]} */
export const METRIC_GROUPS = [
  {"id":"test","label":"Test set"},
  {"id":"stay","label":"Retain set"},
  {"id":"forget","label":"Forget set"},
  {"id":"distance","label":"Distance from Retrain"},
  {"id":"traces","label":"Traces"},
  {"id":"fairness","label":"Fairness"},
  {"id":"cost","label":"Cost"},
  {"id":"validation","label":"Validation set"},
];

/** @type {import('../types.d.ts').MetricEntry[]} */
export const METRICS = [
  {"id":"test_auc","path":"test.auc","label":"test AUC","short":"AUC","group":"test","format":"fixed","digits":4,"better":"higher","ofRetrain":null,"shown":["figures","comparison","main"],"help":"Test set: 1 is perfect, 0.5 is a coin","caveat":""},
  {"id":"acc","path":"test.acc","label":"ACC","short":"ACC","group":"test","format":"fixed","digits":3,"better":"higher","ofRetrain":null,"shown":["figures","comparison"],"help":"Test set: share of right answers","caveat":""},
  {"id":"logloss","path":"test.logloss","label":"LogLoss","short":"LogLoss","group":"test","format":"fixed","digits":3,"better":"lower","ofRetrain":null,"shown":["figures","comparison"],"help":"Test set: mean negative log likelihood, nats","caveat":""},
  {"id":"ece","path":"test.ece","label":"ECE","short":"ECE","group":"test","format":"fixed","digits":3,"better":"lower","ofRetrain":null,"shown":["comparison"],"help":"Test set: expected calibration error","caveat":""},
  {"id":"neighbour_auc","path":"neighbour.auc","label":"neighbour AUC","short":"AUC","group":"stay","format":"fixed","digits":4,"better":"higher","ofRetrain":null,"shown":["comparison"],"help":"Retain set: the rows of the users most like the forgotten ones","caveat":""},
  {"id":"fairness","path":"fairness.gap","label":"fairness gap","short":"fairness gap","group":"fairness","format":"fixed","digits":3,"better":"near_retrain","ofRetrain":null,"shown":["figures","comparison"],"help":"Test set: how much more often one group of people is answered right or wrong than the other (equalised odds); women and men where the data say, else those who rate less and more. Groups that like unlike shares of what they rate have a gap in any good model: what counts is how it differs from Retrain’s","caveat":""},
  {"id":"forget_auc","path":"forget.auc","label":"forget AUC","short":"AUC","group":"forget","format":"fixed","digits":4,"better":"near_retrain","ofRetrain":null,"shown":["figures","comparison","main"],"help":"Forget set: should come near Retrain’s","caveat":""},
  {"id":"forget_logloss","path":"forget.logloss","label":"LogLoss","short":"LogLoss","group":"forget","format":"fixed","digits":3,"better":"near_retrain","ofRetrain":null,"shown":["figures"],"help":"Forget set: mean negative log likelihood, nats","caveat":""},
  {"id":"gap_closed","path":"gap_closed","label":"gap closed","short":"gap closed","group":"forget","format":"percent","digits":0,"better":"near_one","ofRetrain":null,"shown":["comparison","main"],"help":"Share of the way from Original’s forget AUC to Retrain’s","caveat":""},
  {"id":"jsd","path":"forget.jsd","label":"JSD","short":"JSD","group":"distance","format":"figure","digits":3,"better":"lower","ofRetrain":0.0,"shown":["figures","comparison","main"],"help":"Jensen–Shannon divergence from Retrain on the forget set","caveat":""},
  {"id":"sym_kl","path":"forget.sym_kl","label":"sym. KL","short":"sym. KL","group":"distance","format":"figure","digits":3,"better":"lower","ofRetrain":0.0,"shown":["figures","comparison"],"help":"Symmetric KL divergence from Retrain on the forget set","caveat":""},
  {"id":"l2","path":"forget.l2","label":"L2","short":"L2","group":"distance","format":"figure","digits":3,"better":"lower","ofRetrain":0.0,"shown":["figures","comparison"],"help":"Mean L2 distance from Retrain on the forget set","caveat":""},
  {"id":"mia","path":"forget.mia_auc","label":"MIA","short":"MIA","group":"traces","format":"fixed","digits":3,"better":"near_half","ofRetrain":null,"shown":["comparison"],"help":"Loss attack on membership: at an AUC of 0.5 an attacker cannot tell forgotten rows from rows never trained on; what counts is the distance from 0.5, either way, beside Retrain’s","caveat":"Tells little: over twenty people it told models trained on a person from models that were not with an AUC of 0.56"},
  {"id":"priv_leak","path":"forget.priv_leak","label":"PrivLeak","short":"PrivLeak","group":"traces","format":"percent","digits":0,"better":"near_zero","ofRetrain":null,"shown":["figures","comparison"],"help":"Loss attack’s AUC beside Retrain’s, as a share of it: above 0 the rows are still known, below 0 they stand out by having been forgotten","caveat":""},
  {"id":"s_ma","path":"forget.s_ma","label":"S-MA","short":"S-MA","group":"traces","format":"fixed","digits":3,"better":"near_retrain","ofRetrain":null,"shown":["figures","comparison"],"help":"How often the model can be made to tell which item was rated: among ten for a nano (0.1 is a guess), token by token for a language model","caveat":""},
  {"id":"s_el","path":"forget.s_el","label":"S-EL","short":"S-EL","group":"traces","format":"fixed","digits":3,"better":"near_retrain","ofRetrain":null,"shown":["comparison"],"help":"How much of a title a language model recites by itself","caveat":""},
  {"id":"ks_p","path":"forget.ks_p","label":"KS p","short":"KS p","group":"traces","format":"p_value","digits":3,"better":"higher","ofRetrain":1.0,"shown":["comparison"],"help":"Kolmogorov–Smirnov test of the confidences against Retrain’s: small means told apart","caveat":""},
  {"id":"seconds","path":"seconds","label":"time","short":"time","group":"cost","format":"seconds","digits":3,"better":"lower","ofRetrain":null,"shown":["figures","comparison","main"],"help":"Time of the method; evaluation is not in it","caveat":""},
  {"id":"ratio","path":"seconds_per_retrain","label":"÷ Retrain","short":"÷ Retrain","group":"cost","format":"times","digits":3,"better":"lower","ofRetrain":null,"shown":["comparison"],"help":"Time as a share of Retrain’s on the same device","caveat":""},
  {"id":"trainable_params","path":"trainable_params","label":"trained","short":"trained","group":"cost","format":"count","digits":3,"better":"lower","ofRetrain":null,"shown":["figures","comparison"],"help":"Numbers that the method may change","caveat":""},
  {"id":"peak_bytes","path":"peak_bytes","label":"memory","short":"memory","group":"cost","format":"bytes","digits":3,"better":"lower","ofRetrain":null,"shown":["figures","comparison"],"help":"Highest memory in use","caveat":""},
];
