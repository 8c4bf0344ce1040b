#include "engine.hpp"

namespace wayseer::tsp {

template EngineReport run_engine(const PointMetric<EuclideanNorm, RoundNearest, 2>&, EngineTask&);
template EngineReport run_engine(const GeoMetric&, EngineTask&);
#ifndef WAYSEER_FEW_METRICS
template EngineReport run_engine(const PointMetric<EuclideanNorm, RoundFixed, 2>&, EngineTask&);
template EngineReport run_engine(const PointMetric<EuclideanNorm, RoundUp, 2>&, EngineTask&);
template EngineReport run_engine(const AttMetric&, EngineTask&);
#endif

}  // namespace wayseer::tsp
