#include "engine.hpp"

namespace wayseer::tsp {

template EngineReport run_engine(const PointMetric<EuclideanNorm, RoundNearest, 3>&, EngineTask&);
template EngineReport run_engine(const PointMetric<EuclideanNorm, RoundFixed, 3>&, EngineTask&);
template EngineReport run_engine(const MatrixMetric&, EngineTask&);

}  // namespace wayseer::tsp
