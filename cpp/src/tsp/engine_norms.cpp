#include "engine.hpp"

namespace wayseer::tsp {

template void run_engine(const WideMetric&, EngineTask&);
#ifndef WAYSEER_FEW_METRICS
template void run_engine(const PointMetric<MaximumNorm, RoundNearest, 2>&, EngineTask&);
template void run_engine(const PointMetric<ManhattanNorm, RoundNearest, 2>&, EngineTask&);
template void run_engine(const PointMetric<MaximumNorm, RoundNearest, 3>&, EngineTask&);
template void run_engine(const PointMetric<ManhattanNorm, RoundNearest, 3>&, EngineTask&);
#endif

}  // namespace wayseer::tsp
