#include "engine.hpp"

namespace wayseer::tsp {

template void run_engine(const PointMetric<MaximumNorm, RoundNearest, 2>&, EngineTask&);
template void run_engine(const PointMetric<ManhattanNorm, RoundNearest, 2>&, EngineTask&);
template void run_engine(const PointMetric<MaximumNorm, RoundNearest, 3>&, EngineTask&);
template void run_engine(const PointMetric<ManhattanNorm, RoundNearest, 3>&, EngineTask&);
template void run_engine(const WideMetric&, EngineTask&);

}  // namespace wayseer::tsp
