#include "engine.hpp"

namespace wayseer::tsp {

template void run_engine(const MatrixMetric&, EngineTask&);
#ifndef WAYSEER_FEW_METRICS
template void run_engine(const PointMetric<EuclideanNorm, RoundNearest, 3>&, EngineTask&);
template void run_engine(const PointMetric<EuclideanNorm, RoundFixed, 3>&, EngineTask&);
#endif

}  // namespace wayseer::tsp
