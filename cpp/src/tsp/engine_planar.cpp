#include "engine.hpp"

namespace wayseer::tsp {

template void run_engine(const PointMetric<EuclideanNorm, RoundNearest, 2>&, EngineTask&);
template void run_engine(const GeoMetric&, EngineTask&);
#ifndef WAYSEER_FEW_METRICS
template void run_engine(const PointMetric<EuclideanNorm, RoundFixed, 2>&, EngineTask&);
template void run_engine(const PointMetric<EuclideanNorm, RoundUp, 2>&, EngineTask&);
template void run_engine(const AttMetric&, EngineTask&);
#endif

}  // namespace wayseer::tsp
